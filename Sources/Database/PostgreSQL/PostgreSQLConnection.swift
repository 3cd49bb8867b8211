internal import CPostgreSQL

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// One connection in pipeline mode: statements are queued without waiting, then exchanged for their results in one
/// round trip. Used by one thread at a time.
final class PostgreSQLConnection {
    private struct Prepared {
        let name: String
        let placeholders: Int
    }

    private enum Queued: Equatable {
        case preparation(of: String)
        case execution
    }

    private let handle: OpaquePointer
    private let preparedLimit: Int
    /// As `PostgreSQLSession.epoch`.
    let epoch: String?
    private var prepared: [String: Prepared] = [:]
    /// How many names have been given; none is given twice.
    private var names = 0
    private var queued: [Queued] = []
    /// Pipelines whose results are still to be read and of no interest.
    private var owed = 0
    /// How often it has waited for the server, since it was opened.
    private(set) var roundTrips = 0

    /// Takes over an open connection, in pipeline mode, with the statements of `Control` prepared.
    init(_ handle: OpaquePointer, preparedLimit: Int, epoch: String?) {
        self.handle = handle
        self.preparedLimit = preparedLimit
        self.epoch = epoch
    }

    deinit {
        PQfinish(handle)
    }

    /// Queues a statement; its result comes with the next exchange, in the order of the statements.
    func queue(_ sql: String, _ values: [SQLValue]) throws(PostgreSQLFailure) {
        let statement = try prepare(sql)
        guard statement.placeholders == values.count else {
            throw .refused(.misuse("\(values.count) values for \(statement.placeholders) placeholders: \(sql)"))
        }
        do {
            try execute(statement.name, PostgreSQLParameters(values))
        } catch let failure as DatabaseFailure {
            throw .refused(failure)
        } catch {
            throw lost("send")
        }
    }

    /// Queues transaction control.
    func queue(_ control: Control) throws(PostgreSQLFailure) {
        guard PQsendQueryPrepared(handle, control.rawValue, 0, nil, nil, nil, 1) == 1 else { throw lost("send") }
        queued.append(.execution)
    }

    /// Sends what is queued and waits for all results: one round trip.
    ///
    /// - Throws: the first failure; the statements after it were not run, those before it were.
    func exchange(until deadline: ContinuousClock.Instant) throws(PostgreSQLFailure) -> [PostgreSQLResult] {
        defer { queued.removeAll(keepingCapacity: true) }
        guard PQpipelineSync(handle) == 1 else { throw lost("send") }
        try flush(until: deadline)
        roundTrips += 1
        while owed > 0 {
            _ = try pipeline(until: deadline)
            owed -= 1
        }
        return try sorted(try pipeline(until: deadline))
    }

    /// Sends what is queued and does not wait: nothing depends on the results.
    func post() {
        queued.removeAll(keepingCapacity: true)
        owed += 1
        // Should the connection be gone, the next exchange finds out.
        if PQpipelineSync(handle) == 1 { PQflush(handle) }
    }

    /// Whether the server holds a transaction open here, as far as it has told.
    var isInTransaction: Bool {
        switch PQtransactionStatus(handle) {
        case PQTRANS_INTRANS, PQTRANS_INERROR: true
        default: false
        }
    }

    private func prepare(_ sql: String) throws(PostgreSQLFailure) -> Prepared {
        if let known = prepared[sql] { return known }
        let dialect = PostgreSQLDialect(sql)
        // The statement without a name is replaced by the next one without a name.
        let name = names < preparedLimit ? "s\(names)" : ""
        guard PQsendPrepare(handle, name, dialect.sql, 0, nil) == 1 else { throw lost("send") }
        queued.append(.preparation(of: sql))
        let statement = Prepared(name: name, placeholders: dialect.placeholders)
        if !name.isEmpty {
            prepared[sql] = statement
            names += 1
        }
        return statement
    }

    private func execute(_ name: String, _ parameters: PostgreSQLParameters) throws {
        let isSent = parameters.withArguments { count, addresses, lengths, formats in
            PQsendQueryPrepared(handle, name, count, addresses, lengths, formats, 1) == 1
        }
        guard isSent else { throw lost("send") }
        queued.append(.execution)
    }

    /// The results of the executions, or the first failure.
    private func sorted(_ results: [PostgreSQLResult]) throws(PostgreSQLFailure) -> [PostgreSQLResult] {
        guard results.count == queued.count else { throw lost("\(results.count) results for \(queued.count)") }
        var failure: PostgreSQLFailure?
        for (queued, result) in zip(queued, results) {
            guard let cause = result.failure else { continue }
            failure = failure ?? cause
            if case .preparation(let sql) = queued { prepared[sql] = nil }
        }
        if let failure { throw failure }
        return zip(queued, results).filter { $0.0 == .execution }.map(\.1)
    }
}

/// Waiting, within a deadline.
extension PostgreSQLConnection {
    private func lost(_ action: String) -> PostgreSQLFailure {
        let message = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
        return .lost("\(action): \(message.split(separator: "\n").joined(separator: "; "))")
    }

    private func flush(until deadline: ContinuousClock.Instant) throws(PostgreSQLFailure) {
        while true {
            switch PQflush(handle) {
            case 0: return
            case 1: try wait(for: POLLIN | POLLOUT, until: deadline)
            default: throw lost("send")
            }
            // The server may be unable to read more before we read what it has sent.
            guard PQconsumeInput(handle) == 1 else { throw lost("receive") }
        }
    }

    /// The results of one pipeline.
    private func pipeline(until deadline: ContinuousClock.Instant) throws(PostgreSQLFailure) -> [PostgreSQLResult] {
        var results: [PostgreSQLResult] = []
        while true {
            while PQisBusy(handle) == 1 {
                try wait(for: POLLIN, until: deadline)
                guard PQconsumeInput(handle) == 1 else { throw lost("receive") }
            }
            // Nil is the end of one statement's results.
            if let result = PQgetResult(handle).map(PostgreSQLResult.init) {
                if result.isEndOfPipeline { return results }
                results.append(result)
            }
            if PQstatus(handle) == CONNECTION_BAD { throw results.lazy.compactMap(\.failure).first ?? lost("receive") }
        }
    }

    private func wait(for events: CInt, until deadline: ContinuousClock.Instant) throws(PostgreSQLFailure) {
        let remaining = max(0, (deadline - .now).milliseconds + 1)
        var descriptor = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
        switch poll(&descriptor, 1, CInt(clamping: remaining)) {
        case 0: throw .lost("no answer in time")
        case -1 where errno != EINTR: throw .lost("poll: error \(errno)")
        default: break
        }
    }
}
