package import JOSE

/// An endpoint of an organization that is told of its events.
package struct Webhook: Sendable, Identified {
    package static let identifierPrefix = "whk"
    package typealias ID = Identifier<Webhook>

    /// Why nothing is sent to it.
    package enum DisabledReason: String, Sendable, CaseIterable {
        case byAdmin = "by_admin"
        /// It took nothing for ``patience``.
        case failing
        /// It answered 410.
        case gone
    }

    package struct Disabled: Hashable, Sendable {
        package let at: Instant
        package let reason: DisabledReason
    }

    /// The secret before the present one, while it still signs beside it.
    struct FormerSecret: Hashable, Sendable {
        let sealed: [UInt8]
        let endsAt: Instant
    }

    package let id: ID
    package let organization: Organization.ID
    package internal(set) var url: WebhookURL
    package internal(set) var events: WebhookEvents
    var sealedSecret: [UInt8]
    var former: FormerSecret?
    /// How many secrets it has had.
    var generation: Int64 = 1
    package let createdBy: User.ID
    package let createdAt: Instant
    package internal(set) var rotatedAt: Instant?
    package internal(set) var disabled: Disabled?
    /// Since when nothing was taken; nil when the last delivery was, or there was none.
    package internal(set) var failingSince: Instant?

    package var isEnabled: Bool { disabled == nil }

    /// Of one organization.
    package static let maximumCount: Int64 = 20
    /// With those that were deleted of late.
    static let maximumKept: Int64 = 500
    /// The longest that two secrets may sign side by side.
    package static let maximumOverlap = Duration.seconds(604_800)
    /// So long both sign when nothing else is asked for: a receiver that is given the new one within it misses nothing.
    package static let usualOverlap = Duration.seconds(86_400)
    /// An endpoint that has taken nothing for so long is switched off.
    package static let patience = Duration.seconds(3 * 86_400)

    /// When the secret before the present one ceases to sign, if it has not.
    package func overlapEnd(at now: Instant) -> Instant? {
        former.flatMap { now < $0.endsAt ? $0.endsAt : nil }
    }

    /// Gives it a new secret; the present one signs beside it until the overlap ends. As with API tokens, no more than
    /// two work at a time, and a rotation without overlap ends both.
    mutating func rotate(to sealed: [UInt8], overlap: Duration, at now: Instant) -> Result<Void, WebhookRefusal> {
        guard overlap >= .zero, overlap <= Self.maximumOverlap else { return .failure(.overlapTooLong) }
        if overlap > .zero, let end = overlapEnd(at: now) { return .failure(.overlapRunning(until: end)) }
        former = overlap > .zero ? FormerSecret(sealed: sealedSecret, endsAt: now + overlap) : nil
        (sealedSecret, rotatedAt) = (sealed, now)
        generation += 1
        return .success(())
    }

    /// Whether it is to be switched off, now that a delivery is given up.
    func isHopeless(at now: Instant) -> Bool {
        failingSince.map { now - $0 >= Self.patience } ?? false
    }
}
