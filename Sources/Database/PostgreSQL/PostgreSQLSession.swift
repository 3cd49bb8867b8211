internal import CPostgreSQL

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A connection as long as it is not yet in pipeline mode: it runs texts of several statements, and waits for each.
final class PostgreSQLSession {
    private let address: PostgreSQLAddress
    /// Nil once a pipeline has taken it over.
    private var handle: OpaquePointer?
    /// Names the server's memory of transactions: a restart after a crash or another server has another. Nil where
    /// transactions cannot be asked for.
    private(set) var epoch: String?

    init(_ address: PostgreSQLAddress, connectTimeout: Int) throws(PostgreSQLFailure) {
        self.address = address
        let parameters = address.parameters(connectTimeout: connectTimeout)
        handle = Self.connect(parameters)
        guard let handle, PQstatus(handle) == CONNECTION_OK else { throw failure("connect") }
        // By itself libpq would write the server's notices to standard error.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        epoch = try Self.remembersTransactions(handle) ? transactionEpoch() : nil
    }

    deinit {
        if let handle { PQfinish(handle) }
    }

    /// Runs one or more statements, separated by semicolons, without values.
    func run(_ sql: String) throws(PostgreSQLFailure) {
        _ = try result(PQexec(try open(), sql))
    }

    /// Runs one statement with values.
    func rows(_ sql: String, _ values: SQLValue...) throws(PostgreSQLFailure) -> [Row] {
        let handle = try open()
        do {
            let dialect = PostgreSQLDialect(sql)
            return try PostgreSQLParameters(values).withArguments { count, addresses, lengths, formats in
                try result(PQexecParams(handle, dialect.sql, count, nil, addresses, lengths, formats, 1))
            }.rows(limit: .max)
        } catch let failure as PostgreSQLFailure {
            throw failure
        } catch let failure as DatabaseFailure {
            throw .refused(failure)
        } catch {
            throw .lost("\(error)")
        }
    }
}

extension PostgreSQLSession {
    func prepare(_ name: String, _ sql: String) throws(PostgreSQLFailure) {
        _ = try result(PQprepare(try open(), name, sql, 0, nil))
    }

    func configure(statementTimeout: Duration) throws(PostgreSQLFailure) {
        // A client that vanished in the middle of a transaction does not keep its locks for long.
        try run(
            """
            SET statement_timeout = \(statementTimeout.milliseconds);
            SET idle_in_transaction_session_timeout = 10000
            """)
        guard epoch != nil else { return }
        // What is acknowledged is on disk, whatever the server's default; a stronger one stays.
        try run(
            """
            SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
            SET plan_cache_mode = force_generic_plan
            """)
        // Serializable transactions lock what they read: rows by an index, but the whole table by a sequential scan,
        // which the planner prefers for small tables. Such scans are made to look dear, which would start the JIT.
        try run("SET enable_seqscan = off; SET jit = off")
    }

    func enterPipeline(preparedLimit: Int) throws(PostgreSQLFailure) -> PostgreSQLConnection {
        let handle = try open()
        guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else { throw failure("pipeline") }
        self.handle = nil
        return PostgreSQLConnection(handle, preparedLimit: preparedLimit, epoch: epoch)
    }

    private func open() throws(PostgreSQLFailure) -> OpaquePointer {
        guard let handle else { throw .lost("the session is over") }
        return handle
    }

    private func result(_ handle: OpaquePointer?) throws(PostgreSQLFailure) -> PostgreSQLResult {
        guard let result = handle.map(PostgreSQLResult.init) else { throw failure("send") }
        if let failure = result.failure { throw failure }
        return result
    }

    private func failure(_ action: String) -> PostgreSQLFailure {
        let message = handle.flatMap { PQerrorMessage($0) }.map { String(cString: $0) } ?? "out of memory"
        return .lost("\(address): \(action): \(message.split(separator: "\n").joined(separator: "; "))")
    }

    private static func connect(_ parameters: [(String, String)]) -> OpaquePointer? {
        let texts = parameters.map { (strdup($0.0), strdup($0.1)) }
        defer {
            for (keyword, value) in texts {
                free(keyword)
                free(value)
            }
        }
        let keywords = texts.map { UnsafePointer<CChar>($0.0) } + [nil]
        let values = texts.map { UnsafePointer<CChar>($0.1) } + [nil]
        return PQconnectdbParams(keywords, values, 1)
    }

    /// CockroachDB and YugabyteDB speak PostgreSQL's language, but keep their transactions elsewhere.
    private static func remembersTransactions(_ handle: OpaquePointer) -> Bool {
        let version = PQparameterStatus(handle, "server_version").map { String(cString: $0) } ?? ""
        return PQparameterStatus(handle, "crdb_version") == nil && !version.contains("-YB-")
            && PQserverVersion(handle) >= 130_000
    }

    /// After a crash the numbers of transactions that were under way may be given again, and the server counts its
    /// statistics anew: the moment when that was tells one life of the server from the next.
    private func transactionEpoch() throws(PostgreSQLFailure) -> String? {
        do {
            return try rows("SELECT stats_reset::text FROM pg_stat_bgwriter").first?.optionalText(0)
        } catch {
            throw error as? PostgreSQLFailure ?? .lost("\(error)")
        }
    }
}
