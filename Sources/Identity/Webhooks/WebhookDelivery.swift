package import JOSE

/// One message to one webhook, and what came of it.
package struct WebhookDelivery: Sendable, Identified {
    package static let identifierPrefix = "dlv"
    package typealias ID = Identifier<WebhookDelivery>

    package enum State: String, Sendable, CaseIterable {
        case waiting, delivered
        /// Given up. It can be sent again by hand.
        case dead
    }

    /// What became of the last attempt.
    package struct Attempt: Hashable, Sendable {
        package let at: Instant
        /// The status of the answer; nil when there was none.
        package let status: Int64?
        /// Why it was no success, for people; nil when it was one.
        package let cause: String?
        /// The first bytes of the answer.
        package let answer: String
        /// How long it took, in milliseconds.
        package let milliseconds: Int64
    }

    package let id: ID
    package let webhook: Webhook.ID
    package let organization: Organization.ID
    /// `webhook-id`: the same each time the message is sent, also when it is sent again by hand.
    package let messageID: String
    package let event: String
    let body: String
    package internal(set) var state: State
    package internal(set) var attempts: Int64
    package internal(set) var nextAttemptAt: Instant?
    package internal(set) var last: Attempt?
    package let replayOf: ID?
    package let createdAt: Instant

    /// After so many attempts, which take about a day, a delivery is dead.
    static let maximumAttempts: Int64 = 12
    /// How long one attempt may take before another node tries.
    static let lease = Duration.seconds(60)
    /// The event of a message that only tries whether it arrives.
    package static let testEvent = "webhook.test"
    /// Characters of an answer, and of a cause, that are kept.
    package static let maximumAnswerLength = 1_000

    /// 5 s, 15 s, 45 s … three hours, then every six hours: a day in all. Each a fifth shorter or longer by chance, so
    /// that what failed together does not come back together.
    ///
    /// - Parameter chance: any number.
    static func delay(afterAttempt attempt: Int64, chance: UInt64) -> Duration {
        var seconds: Int64 = 5
        for _ in 1..<max(2, min(attempt, 10)) { seconds *= attempt > 1 ? 3 : 1 }
        let usual = min(seconds, 21_600) * 1_000
        return .milliseconds(usual * 4 / 5 + usual * 2 / 5 * Int64(chance % 1_001) / 1_000)
    }
}
