/// What became of a COMMIT that got no answer: the server is asked, by the number of the transaction.
///
/// Nothing is guessed. After a crash of the server, or on another server, the number may stand for another
/// transaction, and on engines other than PostgreSQL there is no such number: then the outcome stays unknown.
final class PostgreSQLInquiry {
    enum Fate {
        case committed, rolledBack
        case unknown(String)
    }

    private let commit: PostgreSQLJob.UnknownCommit
    private let address: PostgreSQLAddress
    private let options: PostgreSQLOptions
    /// The connection over which it asks; good for other use afterwards.
    private(set) var connection: PostgreSQLConnection?

    init(_ commit: PostgreSQLJob.UnknownCommit, _ address: PostgreSQLAddress, _ options: PostgreSQLOptions) {
        self.commit = commit
        self.address = address
        self.options = options
    }

    /// Asks until there is an answer or the time for it is over.
    func answer() -> Fate {
        guard let transactionID = commit.transactionID, let epoch = commit.epoch else {
            return .unknown("this server cannot be asked")
        }
        let deadline = ContinuousClock.now + options.resolution
        var reason = "no answer in time"
        while ContinuousClock.now < deadline {
            do {
                let connection = try self.connection ?? open()
                self.connection = connection
                guard connection.epoch == epoch else { return .unknown("the server has crashed or is another one") }
                if let fate = try status(of: transactionID, on: connection, until: deadline) { return fate }
            } catch {
                connection = nil
                reason = "\(error)"
            }
            sleepThread(for: .milliseconds(20))
        }
        return .unknown(reason)
    }

    private func open() throws -> PostgreSQLConnection {
        var options = options
        options.connectTimeout = 2
        return try PostgreSQLConnection.open(address, options)
    }

    /// Nil while the transaction is under way.
    private func status(
        of transactionID: String, on connection: PostgreSQLConnection, until deadline: ContinuousClock.Instant
    ) throws -> Fate? {
        try connection.queue("SELECT pg_xact_status(?::xid8)", [.text(transactionID)])
        switch try connection.exchange(until: deadline).first?.rows(limit: 1).first?.optionalText(0) {
        case "committed": return .committed
        case "aborted": return .rolledBack
        case "in progress":
            // It has not noticed that its client is gone. A COMMIT that has begun is not interrupted by this.
            try connection.queue(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_xid = ?::xid8::xid",
                [.text(transactionID)])
            _ = try connection.exchange(until: deadline)
            return nil
        default: return .unknown("the server no longer knows it")
        }
    }
}
