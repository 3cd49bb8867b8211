import Dispatch
internal import GRDB
internal import GRDBSQLite
import Synchronization

/// The one connection that writes, on a queue of its own, so that no thread of Swift's pool ever waits for the disk.
///
/// Group commit: while a batch commits, writes queue; the next batch takes all that wait.
final class SQLiteWriter: Sendable {
    private struct Waiting {
        var writes: [QueuedWrite] = []
        var isDraining = false
        var isClosed = false
    }

    private let connection: DatabaseQueue
    private let checkpointer: SQLiteCheckpointer
    private let limit: Int
    private let observer: DatabaseObserver
    private let queue = DispatchQueue(label: "latchkey.database.writer", qos: .userInitiated)
    private let waiting = Mutex(Waiting())

    init(
        _ connection: DatabaseQueue, checkpointer: SQLiteCheckpointer, limit: Int,
        observer: DatabaseObserver = DatabaseObserver()
    ) {
        self.connection = connection
        self.checkpointer = checkpointer
        self.limit = limit
        self.observer = observer
    }

    var waitingWrites: Int { waiting.withLock { $0.writes.count } }

    /// Queues a write, or refuses it at once when too many wait.
    func submit(_ write: QueuedWrite) {
        enum Verdict { case queued, first, full, closed }
        let verdict: Verdict = waiting.withLock { waiting in
            if waiting.isClosed { return .closed }
            if waiting.writes.count >= limit { return .full }
            waiting.writes.append(write)
            if waiting.isDraining { return .queued }
            waiting.isDraining = true
            return .first
        }
        switch verdict {
        case .queued: break
        case .first: queue.async { self.drain() }
        case .full: write.refuse(DatabaseFailure.unavailable("\(limit) writes are waiting already"))
        case .closed: write.refuse(DatabaseFailure.unavailable("the database is closed"))
        }
    }

    /// Refuses further writes, lets the queued ones finish, then closes the connection.
    func close() async throws {
        waiting.withLock { $0.isClosed = true }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.async {
                continuation.resume(with: Result { try self.connection.close() })
            }
        }
    }

    private func drain() {
        while let batch = nextBatch() {
            commit(batch)
        }
    }

    /// All that wait; nil, and the end of draining, when none do.
    private func nextBatch() -> [QueuedWrite]? {
        waiting.withLock { waiting in
            if waiting.writes.isEmpty {
                waiting.isDraining = false
                return nil
            }
            defer { waiting.writes = [] }
            return waiting.writes
        }
    }

    private func commit(_ batch: [QueuedWrite]) {
        do {
            let written = try connection.inDatabase { [observer] connection in
                try SQLiteBatch(on: connection, observer: observer).commit(batch)
                return pagesWritten(by: connection)
            }
            checkpointer.noteCommit(of: written)
        } catch {
            refuse(batch, DatabaseFailure(error))
        }
    }

    /// Those that queued meanwhile are refused too: they have waited for the same lock, and the next would be as long.
    private func refuse(_ batch: [QueuedWrite], _ failure: DatabaseFailure) {
        let queued = waiting.withLock { waiting in
            defer { waiting.writes = [] }
            return waiting.writes
        }
        for write in batch + queued { write.refuse(failure) }
    }

    /// Pages that went into the write-ahead log since this was last asked.
    private func pagesWritten(by connection: GRDB.Database) -> Int {
        var pages: CInt = 0
        var unused: CInt = 0
        sqlite3_db_status(connection.sqliteConnection, SQLITE_DBSTATUS_CACHE_WRITE, &pages, &unused, 1)
        return Int(pages)
    }
}
