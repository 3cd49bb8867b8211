import Dispatch
import Synchronization

/// A thread with a connection: it runs one transaction after the other.
final class PostgreSQLWorker: Sendable {
    private let pool: PostgreSQLPool
    private let handed = Mutex<PostgreSQLJob?>(nil)
    private let arrivals = DispatchSemaphore(value: 0)

    init(of pool: PostgreSQLPool) {
        self.pool = pool
    }

    /// Wakes an idle worker with something to do, or to stop.
    func hand(_ job: PostgreSQLJob?) {
        handed.withLock { $0 = job }
        arrivals.signal()
    }

    /// The thread's whole life.
    @Sendable func work() {
        var connection: PostgreSQLConnection?
        while true {
            guard let current = connection ?? connect() else { return }
            connection = current
            guard let job = nextJob() else { break }
            let ending = job.run(current)
            if case .answered(let next) = ending {
                if let next { pool.queue(next) }
                continue
            }
            connection = nil
            pool.lostConnection()
            switch ending {
            case .answered: break
            case .lost(let cause): runAgain(job, after: cause)
            case .unknown(let commit): connection = resolve(commit, of: job)
            }
        }
        connection = nil
        pool.stopped()
    }

    private func connect() -> PostgreSQLConnection? {
        do {
            let connection = try PostgreSQLConnection.open(pool.address, pool.options)
            pool.connected()
            return connection
        } catch {
            pool.failedToConnect(error.told)
            return nil
        }
    }

    private func nextJob() -> PostgreSQLJob? {
        switch pool.next(for: self) {
        case .run(let job): return job
        case .stop: return nil
        case .wait:
            let idle = DispatchTimeInterval.milliseconds(Int(pool.options.idle.milliseconds))
            if arrivals.wait(timeout: .now() + idle) == .timedOut {
                if pool.retire(self) { return nil }
                arrivals.wait()
            }
            return handed.withLock { job in
                defer { job = nil }
                return job
            }
        }
    }

    private func runAgain(_ job: PostgreSQLJob, after cause: String) {
        var job = job
        job.losses += 1
        if job.losses < PostgreSQLJob.tolerableLosses, .now < job.deadline {
            pool.takeBack(job)
        } else {
            job.refuse(DatabaseFailure.unavailable("\(pool.address): \(cause)"))
        }
    }

    /// Finds out whether a commit took place, and tells the caller. The connection it took is kept.
    private func resolve(_ commit: PostgreSQLJob.UnknownCommit, of job: PostgreSQLJob) -> PostgreSQLConnection? {
        let inquiry = PostgreSQLInquiry(commit, pool.address, pool.options)
        let fate = inquiry.answer()
        if inquiry.connection != nil { pool.connected() }
        switch fate {
        case .committed:
            if let next = commit.confirm() { pool.queue(next) }
        case .rolledBack: runAgain(job, after: commit.cause)
        case .unknown(let reason):
            let text = "\(pool.address): the outcome of a commit is unknown: \(commit.cause); \(reason)"
            job.refuse(DatabaseFailure.unavailable(text))
        }
        return inquiry.connection
    }
}
