import Dispatch
import Synchronization

/// The connections, each with a thread of its own, and the transactions that wait for one.
///
/// Connections are opened when they are needed and closed when they have idled. When the last one is lost and none can
/// be opened, what waits is refused, and what comes is refused at once until it is time for the next attempt: so no
/// queue grows while the server is away, and the first call after it is back finds it.
final class PostgreSQLPool: Sendable {
    private struct State {
        var waiting = PostgreSQLQueue()
        /// Workers with a connection and nothing to do; the last was busy last.
        var idle: [PostgreSQLWorker] = []
        var connected = 0
        var connecting = 0
        var outage: PostgreSQLOutage?
        var isSweeping = false
        var isClosed = false
        var closers: [CheckedContinuation<Void, Never>] = []

        var workers: Int { connected + connecting }
    }

    private enum Verdict {
        case waits(isSweeperDue: Bool, startsWorker: Bool)
        case handed(PostgreSQLWorker)
        case refused(DatabaseFailure)
    }

    let address: PostgreSQLAddress
    let options: PostgreSQLOptions
    private let state = Mutex(State())
    private let sweeper = DispatchQueue(label: "latchkey.database.sweeper")

    init(_ address: PostgreSQLAddress, _ options: PostgreSQLOptions) {
        self.address = address
        self.options = options
    }

    /// How many transactions wait for a connection.
    var waitingJobs: Int { state.withLock { $0.waiting.count } }

    /// Hands a transaction to a connection or queues it, or refuses it at once.
    func submit(_ job: PostgreSQLJob) {
        let verdict: Verdict = state.withLock { state in
            if state.isClosed { return .refused(.unavailable("the database is closed")) }
            if let worker = state.idle.popLast() { return .handed(worker) }
            let isOver = state.outage?.isOver ?? true
            if let outage = state.outage, state.workers == 0, !isOver { return .refused(outage.failure) }
            if state.waiting.count >= options.waiting {
                return .refused(.unavailable("\(options.waiting) transactions are waiting already"))
            }
            state.waiting.append(job)
            // During an outage one worker tries, not all.
            let mayConnect = state.outage == nil || (isOver && state.connecting == 0)
            let startsWorker = mayConnect && state.workers < options.connections
            if startsWorker { state.connecting += 1 }
            defer { state.isSweeping = true }
            return .waits(isSweeperDue: !state.isSweeping, startsWorker: startsWorker)
        }
        switch verdict {
        case .refused(let failure): job.refuse(failure)
        case .handed(let worker): worker.hand(job)
        case .waits(let isSweeperDue, let startsWorker):
            if isSweeperDue { scheduleSweep() }
            if startsWorker { startWorker() }
        }
    }

    /// Refuses further transactions, lets those that wait finish, and returns once every connection is closed.
    func close() async {
        await withCheckedContinuation { caller in
            let idle = state.withLock { state in
                state.closers.append(caller)
                return shut(&state)
            }
            for worker in idle { worker.hand(nil) }
            resumeClosersIfDone()
        }
    }

    /// As `close`, without waiting.
    func abandon() {
        let idle = state.withLock { shut(&$0) }
        for worker in idle { worker.hand(nil) }
    }

    private func shut(_ state: inout State) -> [PostgreSQLWorker] {
        state.isClosed = true
        defer { state.idle = [] }
        return state.idle
    }

    private func resumeClosersIfDone() {
        let closers = state.withLock { state in
            guard state.workers == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.closers = [] }
            return state.closers
        }
        for closer in closers { closer.resume() }
    }

    private func startWorker() {
        let worker = PostgreSQLWorker(of: self)
        guard !startThread(worker.work) else { return }
        failedToConnect(.unavailable("no thread can be started"))
    }

    /// Every quarter of a second, as long as something waits: what has waited too long is refused.
    private func scheduleSweep() {
        sweeper.asyncAfter(deadline: .now() + .milliseconds(250)) {
            let (overdue, isDone) = self.state.withLock { state in
                let overdue = state.waiting.removeOverdue()
                state.isSweeping = state.waiting.count > 0
                return (overdue, !state.isSweeping)
            }
            for job in overdue { job.refuse(DatabaseFailure.unavailable("\(self.address): no connection in time")) }
            if !isDone { self.scheduleSweep() }
        }
    }
}

/// What workers tell and ask.
extension PostgreSQLPool {
    /// What a worker is to do next.
    enum Order {
        case run(PostgreSQLJob)
        /// The worker counts as idle now, and will be handed something.
        case wait
        case stop
    }

    func next(for worker: PostgreSQLWorker) -> Order {
        state.withLock { state in
            if let job = state.waiting.popFirst() { return .run(job) }
            if state.isClosed { return .stop }
            state.idle.append(worker)
            return .wait
        }
    }

    /// Takes a worker that idled long from those that may be handed something. False when it just has been.
    func retire(_ worker: PostgreSQLWorker) -> Bool {
        state.withLock { state in
            guard let place = state.idle.firstIndex(where: { $0 === worker }) else { return false }
            state.idle.remove(at: place)
            return true
        }
    }

    func connected() {
        state.withLock { state in
            state.connecting -= 1
            state.connected += 1
            state.outage = nil
        }
    }

    func lostConnection() {
        state.withLock { state in
            state.connected -= 1
            state.connecting += 1
        }
    }

    /// The worker is about to end. If it was the last hope, what waits is refused.
    func failedToConnect(_ cause: DatabaseFailure) {
        let hopeless = state.withLock { state in
            state.connecting -= 1
            state.outage = PostgreSQLOutage(cause, after: state.outage, options)
            return state.workers == 0 ? state.waiting.removeAll() : []
        }
        for job in hopeless { job.refuse(cause) }
        resumeClosersIfDone()
    }

    /// The worker, which had a connection, is about to end.
    func stopped() {
        state.withLock { $0.connected -= 1 }
        resumeClosersIfDone()
    }

    /// Puts a transaction whose connection was lost first in line again.
    func takeBack(_ job: PostgreSQLJob) {
        queue { $0.prepend(job) }
    }

    /// Puts the successor of what a worker has just run last in line. That worker comes for work next, so no other is
    /// woken.
    func queue(_ job: PostgreSQLJob) {
        queue { $0.append(job) }
    }

    private func queue(_ add: (inout PostgreSQLQueue) -> Void) {
        let isSweeperDue = state.withLock { state in
            add(&state.waiting)
            defer { state.isSweeping = true }
            return !state.isSweeping
        }
        if isSweeperDue { scheduleSweep() }
    }
}
