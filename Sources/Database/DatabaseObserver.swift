/// Who is told how the database is doing. Called on the threads that commit: it only counts.
public struct DatabaseObserver: Sendable {
    /// A transaction was committed: how long the COMMIT itself took, in nanoseconds, and how many writes were in it.
    public var committed: @Sendable (_ nanoseconds: Int64, _ writes: Int) -> Void
    /// A transaction met another one in its way, and is run again.
    public var conflicted: @Sendable () -> Void

    /// Nobody, for what is not named.
    public init(
        committed: @escaping @Sendable (_ nanoseconds: Int64, _ writes: Int) -> Void = { _, _ in },
        conflicted: @escaping @Sendable () -> Void = {}
    ) {
        self.committed = committed
        self.conflicted = conflicted
    }

    /// Times a commit that succeeds.
    func timing<Failure: Error>(_ writes: Int, _ commit: () throws(Failure) -> Void) throws(Failure) {
        let begin = ContinuousClock.now
        try commit()
        committed((ContinuousClock.now - begin).nanoseconds, writes)
    }
}

extension Duration {
    /// Whole nanoseconds, rounded down.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
