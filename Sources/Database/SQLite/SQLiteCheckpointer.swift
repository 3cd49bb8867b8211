import Dispatch
internal import GRDB
internal import GRDBSQLite
import Logging
import Synchronization

/// Moves committed pages from the write-ahead log into the database file, beside the writer.
///
/// A passive checkpoint on a connection of its own does the work in the background. Under steady writes it never gets
/// to the end, and a log that is never wholly copied never starts again from its beginning: so once the log is large,
/// the writer lets one last, short checkpoint run between two batches, which restarts the log. The file keeps its
/// length, for overwriting costs less to sync than growing.
final class SQLiteCheckpointer: Sendable {
    private struct State {
        var pages = 0
        var isRunning = false
        var isRestartDue = false
    }

    private enum Step {
        case none, passive, restart
    }

    private let connection: DatabaseQueue
    private let limits: SQLiteOptions
    private let logger: Logger
    private let background = DispatchQueue(label: "latchkey.database.checkpoints", qos: .utility)
    private let state = Mutex(State())

    init(_ connection: DatabaseQueue, limits: SQLiteOptions, logger: Logger) {
        self.connection = connection
        self.limits = limits
        self.logger = logger
    }

    /// Called by the writer after each batch, once its callers have been answered.
    func noteCommit(of pages: Int) {
        switch nextStep(after: pages) {
        case .none: break
        case .passive: background.async { self.copy() }
        case .restart: checkpoint(SQLITE_CHECKPOINT_RESTART)
        }
    }

    /// Waits for a running checkpoint, then closes the connection.
    func close() throws {
        try background.sync { try connection.close() }
    }

    private func nextStep(after pages: Int) -> Step {
        state.withLock { state in
            state.pages += pages
            if state.isRunning { return .none }
            if state.isRestartDue {
                state.isRestartDue = false
                state.pages = 0
                return .restart
            }
            if state.pages < limits.pagesBetweenCheckpoints { return .none }
            state.pages = 0
            state.isRunning = true
            return .passive
        }
    }

    private func copy() {
        let length = checkpoint(SQLITE_CHECKPOINT_PASSIVE)
        state.withLock { state in
            state.isRunning = false
            state.isRestartDue = length >= limits.pagesBeforeRestart
        }
    }

    /// Answers the length of the log in pages. Being busy is no failure: the next one goes on from there.
    @discardableResult
    private func checkpoint(_ mode: CInt) -> Int {
        connection.inDatabase { connection in
            var length: CInt = 0
            var copied: CInt = 0
            let code = sqlite3_wal_checkpoint_v2(connection.sqliteConnection, nil, mode, &length, &copied)
            if code != SQLITE_OK, code & 0xff != SQLITE_BUSY {
                let cause = DatabaseFailure(sqlite: code, String(cString: sqlite3_errmsg(connection.sqliteConnection)))
                logger.error("checkpoint failed", metadata: ["cause": "\(cause)"])
            }
            return Int(length)
        }
    }
}
