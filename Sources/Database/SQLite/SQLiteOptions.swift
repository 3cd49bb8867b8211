/// The limits of the SQLite engine. They are not settings: tests shorten them, nothing else does.
struct SQLiteOptions: Sendable {
    /// How long a transaction waits for a lock of another process.
    var busyTimeout: Duration = .seconds(5)
    /// How many writes may wait for their batch; more are refused as unavailable.
    var waitingWrites = 4_096
    /// How many pages (4 KiB each) are written before the next passive checkpoint.
    var pagesBetweenCheckpoints = 1_000
    /// From how many pages on the write-ahead log is started again from its beginning: 32 MiB.
    var pagesBeforeRestart = 8_192
    /// Is told of each commit.
    var observer = DatabaseObserver()
}

extension Duration {
    /// Whole milliseconds, rounded down.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}
