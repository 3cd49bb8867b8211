public import LatchkeyVerifier

/// Where answers to calls with an `Idempotency-Key` are remembered. ``IdempotencyMemory`` is one for a single process;
/// several processes share one in their database: a table with the key as its primary key, into which ``begin(_:at:)``
/// inserts and which ``finish(_:_:at:)`` updates. A process that dies leaves its calls running: a store that outlives it
/// ends them after a while.
public protocol IdempotencyStore: Sendable {
    /// Takes a call up, or says why not. Of any number that come at once with the same key, one is told `begun`.
    func begin(_ call: IdempotentCall, at now: Instant) async throws -> IdempotencyStanding

    /// The call has been done, and this was the answer.
    func finish(_ call: IdempotentCall, _ answer: RecordedAnswer, at now: Instant) async throws

    /// The call was refused and changed nothing: it is as if it had never been made.
    func abandon(_ call: IdempotentCall) async throws
}

/// A call that may come again.
public struct IdempotentCall: Hashable, Sendable {
    /// The organization of the credential.
    public let tenant: String
    /// Whose it is. Two credentials may use the same key.
    public let credential: String
    /// The `Idempotency-Key`, 1 to 255 characters.
    public let key: String
    /// SHA-256 of method, path with query, scopes of the token, and body.
    public let fingerprint: [UInt8]
}

/// What is known of a call.
public enum IdempotencyStanding: Hashable, Sendable {
    /// Nothing was; from now on it is running.
    case begun
    /// It is running.
    case running
    /// It was done.
    case answered(RecordedAnswer)
    /// The key was used for another call.
    case mismatch
}

/// An answer as it is given again.
public struct RecordedAnswer: Hashable, Sendable {
    /// The HTTP status.
    public let status: Int
    /// Names and values of its header fields.
    public let headers: [[String]]
    /// Its bytes; nil when they are not to be kept.
    public let body: [UInt8]?

    /// An answer, as a store has kept it.
    public init(status: Int, headers: [[String]], body: [UInt8]?) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
