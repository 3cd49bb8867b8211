import Database
import JOSE

/// A challenge that waits for its answer: 32 random bytes, five minutes, once (WebAuthn §13.4.3).
package struct PasskeyChallenge: Sendable {
    /// What the answer is good for.
    enum Purpose: String, Sendable, CaseIterable {
        case registration, authentication
        case stepUp = "step_up"
    }

    /// Who asked, and who alone may answer.
    package enum Holder: Hashable, Sendable {
        /// A browser that is signed in, or an application that speaks for its user.
        case login(Login)
        /// A browser in which nobody is signed in yet, by the digest of its cookie.
        case browser(digest: [UInt8])
        /// An application in which nobody is signed in yet.
        case application(Client.ID)

        /// As it is stored. No two holders have the same.
        var text: String {
            switch self {
            case .login(let login): login.description
            case .browser(let digest): "browser_" + Base64URL.encode(digest)
            case .application(let id): id.description
            }
        }
    }

    let bytes: [UInt8]
    let purpose: Purpose
    /// `Holder.text`
    let holder: String
    let createdAt: Instant
    let expiresAt: Instant

    package static let lifetime = Duration.seconds(300)

    /// What is wrong with it when it comes back from this holder for this purpose; nil when nothing is. To a stranger
    /// it is not there.
    func refusal(_ purpose: Purpose, from holder: Holder, at now: Instant) -> PasskeyChallengeRefusal? {
        guard self.purpose == purpose, self.holder == holder.text else { return .unknown }
        return now < expiresAt ? nil : .expired
    }
}

/// Why an answer finds no challenge.
package enum PasskeyChallengeRefusal: Error, Hashable, Sendable {
    /// There is none like it: it was answered before, or is for another session, browser, application or purpose.
    case unknown
    case expired
}

extension PasskeyChallenge {
    init(_ row: Row) throws {
        self.init(
            bytes: try row.blob(0), purpose: try stored(row.text(1)), holder: try row.text(2),
            createdAt: try row.time(3), expiresAt: try row.time(4))
    }

    static func issue(
        _ purpose: Purpose, to holder: Holder, in transaction: Transaction, random: RandomSource, at now: Instant
    ) throws -> [UInt8] {
        let bytes = random.bytes(32)
        _ = try transaction.run(
            """
            INSERT INTO passkey_challenges (challenge, purpose, holder, created_at, expires_at) VALUES (?, ?, ?, ?, ?)
            """,
            .blob(bytes), .text(purpose.rawValue), .text(holder.text), .time(now), .time(now + lifetime))
        return bytes
    }

    /// Spends the challenge that an answer names. It is gone whatever the answer turns out to be worth; but who is not
    /// its holder spends nothing.
    static func take(
        _ claimed: [UInt8]?, _ purpose: Purpose, from holder: Holder, in transaction: Transaction, at now: Instant
    ) throws -> Result<[UInt8], PasskeyChallengeRefusal> {
        guard let claimed, !claimed.isEmpty,
            let challenge = try transaction.row(
                """
                SELECT challenge, purpose, holder, created_at, expires_at FROM passkey_challenges WHERE challenge = ?
                """, .blob(claimed)
            ).map(PasskeyChallenge.init)
        else { return .failure(.unknown) }
        if let refusal = challenge.refusal(purpose, from: holder, at: now) { return .failure(refusal) }
        let taken = try transaction.run(
            "DELETE FROM passkey_challenges WHERE challenge = ?", .blob(challenge.bytes))
        return taken == 1 ? .success(challenge.bytes) : .failure(.unknown)
    }
}
