import JOSE
import Synchronization

/// What was heard of the feed: which tokens are over, and when it was heard last. All state behind one lock.
final class RevocationList: Sendable {
    /// One answer of the feed, checked.
    struct Answer: Sendable {
        let cursor: String
        let revoked: [String: Instant]
        /// How long it is to be remembered.
        let retention: Duration
        let hasMore: Bool
        /// `iat`
        let signedAt: Instant
    }

    fileprivate struct State {
        /// Of each name, until when tokens that were issued are over.
        var revoked: [String: Instant] = [:]
        var cursor: String?
        /// The feed is known as of this time.
        var heardAt: Instant?
        /// When a token was first checked.
        var begunAt: Instant?
        var sweptAt: Instant?
        /// The last question brought nothing that could be believed.
        var isInDoubt = false
    }

    /// The name that stands for every token.
    fileprivate static let everything = "*"
    private static let sweepInterval: Duration = .seconds(60)

    let policy: RevocationPolicy
    private let state = Mutex(State())

    init(_ policy: RevocationPolicy) {
        self.policy = policy
    }

    var query: RevocationQuery {
        let (cursor, isInDoubt) = state.withLock { ($0.cursor, $0.isInDoubt) }
        // What is not known yet is not waited for, nor is an issuer that is back: until it answers all are refused.
        return RevocationQuery(since: cursor, wait: cursor == nil || isInDoubt ? .zero : policy.wait)
    }

    /// A question was not answered, or not in a way that can be believed: the next one is answered at once.
    func miss() {
        state.withLock { $0.isInDoubt = true }
    }

    /// Refuses a token that is over, and any token when nothing has been heard for too long.
    func check(_ token: VerifiedToken, at now: Instant) throws(TokenVerifier.Failure) {
        try state.withLock { state throws(TokenVerifier.Failure) in
            if state.begunAt == nil { state.begunAt = now }
            if !state.revoked.isEmpty, state.isRevoked(token) { throw .revoked }
            guard state.isHeard(policy, at: now) else { throw .revocationsUnavailable }
        }
    }

    /// Whether an API token has ended since it was asked about. Only its own name says so: what else is heard, the end of
    /// all logins by a restore for one, says nothing of API tokens.
    func hasEnded(apiToken token: VerifiedToken) -> Bool {
        guard let name = token.grantID else { return false }
        return state.withLock { $0.revoked[name] != nil }
    }

    /// Takes an answer in. One that is older than what was heard before changes nothing but what it adds.
    func take(_ answer: Answer, at now: Instant) {
        state.withLock { state in
            for (name, time) in answer.revoked {
                state.revoked[name] = max(time, state.revoked[name] ?? time)
            }
            state.cursor = answer.cursor
            state.isInDoubt = false
            // With more to come nothing is known yet of the present.
            if !answer.hasMore { state.heardAt = max(state.heardAt ?? answer.signedAt, min(answer.signedAt, now)) }
            if state.sweptAt.map({ now - $0 >= Self.sweepInterval }) ?? true {
                state.revoked = state.revoked.filter { now - $0.value < answer.retention }
                state.sweptAt = now
            }
        }
    }

    /// How many names are remembered.
    var count: Int { state.withLock { $0.revoked.count } }
}

extension RevocationList.State {
    fileprivate func isRevoked(_ token: VerifiedToken) -> Bool {
        [token.grantID, token.subject, token.clientID, RevocationList.everything].contains { name in
            guard let name, let end = revoked[name] else { return false }
            return token.issuedAt <= end
        }
    }

    fileprivate func isHeard(_ policy: RevocationPolicy, at now: Instant) -> Bool {
        switch policy {
        case .open: (heardAt ?? begunAt).map { now - $0 < policy.bound } ?? true
        // What was heard in the future was heard before the clock was set back: nobody knows how long ago.
        case .closed: heardAt.map { now - $0 < policy.bound && $0 - now < TokenVerifier.clockTolerance } ?? false
        }
    }
}

extension RevocationList.Answer {
    /// The longest document that is read, in bytes.
    static let maximumLength = 1024 * 1024
    /// An answer may be so old when it arrives: it may have been kept for some seconds, and clocks differ.
    static let maximumAge: Duration = TokenVerifier.clockTolerance + .seconds(30)
    private static let maximumRetention: Duration = .seconds(7 * 86_400)

    /// Reads claims whose signature has been verified.
    ///
    /// - Parameter since: the cursor that was asked with. A document that answers another question, however genuine, would
    ///   leave out what came between: whoever stands in between could have us skip it.
    init(
        _ claims: JSONObject, issuer: String, since: String?, at now: Instant
    ) throws(TokenVerifier.Failure) {
        var reader = ClaimReader(claims)
        guard claims["since"]?.string?.isExactly(since ?? "") == true else { throw .invalidClaim("since") }
        guard try reader.text("iss").isExactly(issuer) else { throw .wrongIssuer }
        signedAt = try reader.time("iat")
        guard now - signedAt < Self.maximumAge else { throw .expired(signedAt + Self.maximumAge) }
        guard signedAt - now < TokenVerifier.clockTolerance else { throw .notYetValid(signedAt) }
        cursor = try reader.text("cursor")
        guard cursor.utf8.allSatisfy(Self.isPlain), cursor.utf8.count <= 100 else { throw .invalidClaim("cursor") }
        guard let more = claims["more"]?.bool else { throw .invalidClaim("more") }
        hasMore = more
        guard let retention = claims["retention"]?.integer, retention > 0 else { throw .invalidClaim("retention") }
        self.retention = min(.seconds(retention), Self.maximumRetention)
        guard case .object(let members)? = claims["revoked"] else { throw .invalidClaim("revoked") }
        var names = ClaimReader(members)
        var revoked: [String: Instant] = [:]
        for member in members.members { revoked[member.name] = try names.time(member.name) }
        self.revoked = revoked
    }

    /// What needs no escaping in a query (RFC 3986 §2.3).
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
