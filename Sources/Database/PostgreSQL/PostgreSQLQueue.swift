/// Transactions in the order of their calls; those whose connection was lost come first again.
struct PostgreSQLQueue {
    /// In reverse.
    private var front: [PostgreSQLJob] = []
    private var back: [PostgreSQLJob] = []

    var count: Int { front.count + back.count }

    mutating func append(_ job: PostgreSQLJob) { back.append(job) }

    mutating func prepend(_ job: PostgreSQLJob) { front.append(job) }

    mutating func popFirst() -> PostgreSQLJob? {
        if front.isEmpty {
            front = back.reversed()
            back = []
        }
        return front.popLast()
    }

    mutating func removeAll() -> [PostgreSQLJob] {
        defer { self = PostgreSQLQueue() }
        return front.reversed() + back
    }

    mutating func removeOverdue() -> [PostgreSQLJob] {
        let now = ContinuousClock.now
        let all = removeAll()
        back = all.filter { now < $0.deadline }
        return all.filter { now >= $0.deadline }
    }
}
