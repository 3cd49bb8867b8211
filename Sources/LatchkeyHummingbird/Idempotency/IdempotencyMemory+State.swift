import LatchkeyVerifier

extension IdempotencyMemory {
    struct Name: Hashable {
        let tenant: String
        let credential: String
        let key: String

        init(_ call: IdempotentCall) {
            (tenant, credential, key) = (call.tenant, call.credential, call.key)
        }
    }

    struct Entry {
        let fingerprint: [UInt8]
        var answer: RecordedAnswer?
        var finishedAt: Instant?
        /// Its place in the order of ends.
        var number = 0
    }

    struct Size {
        var count = 0
        var bytes = 0

        func exceeds(_ limit: Size) -> Bool { count > limit.count || bytes > limit.bytes }
    }

    /// What is done, the oldest first. What has gone meanwhile is stepped over when it comes up, and swept out when it is
    /// most of all.
    struct Order {
        private var items: [(name: Name, number: Int)] = []
        private var first = 0

        mutating func append(_ name: Name, _ number: Int, among entries: [Name: Entry], living: Int) {
            items.append((name, number))
            guard items.count > 2 * living + 64 else { return }
            items = items[first...].filter { entries[$0.name]?.number == $0.number }
            first = 0
        }

        mutating func oldest(among entries: [Name: Entry]) -> Name? {
            while first < items.count {
                let (name, number) = items[first]
                if entries[name]?.number == number { return name }
                first += 1
            }
            return nil
        }
    }

    /// What an organization has in it.
    struct Own {
        var order = Order()
        var size = Size()
    }

    struct State {
        var entries: [Name: Entry] = [:]
        var order = Order()
        var own: [String: Own] = [:]
        var next = 1
        var size = Size()
    }
}

extension IdempotencyMemory.State {
    typealias Name = IdempotencyMemory.Name

    mutating func remember(_ name: Name, _ fingerprint: [UInt8], _ answer: RecordedAnswer, at now: Instant) {
        entries[name] = IdempotencyMemory.Entry(
            fingerprint: fingerprint, answer: answer, finishedAt: now, number: next)
        size.add(answer)
        order.append(name, next, among: entries, living: size.count)
        own[name.tenant, default: IdempotencyMemory.Own()].size.add(answer)
        let living = own[name.tenant]?.size.count ?? 0
        own[name.tenant]?.order.append(name, next, among: entries, living: living)
        next += 1
    }

    /// When the oldest answer was given.
    mutating func oldestEnd() -> Instant? {
        order.oldest(among: entries).flatMap { entries[$0]?.finishedAt }
    }

    /// - Returns: whether there was one.
    mutating func forgetOldest() -> Bool { forget(order.oldest(among: entries)) }

    /// - Returns: whether there was one.
    mutating func forgetOldest(of tenant: String) -> Bool { forget(own[tenant]?.order.oldest(among: entries)) }

    private mutating func forget(_ name: Name?) -> Bool {
        guard let name, let answer = entries.removeValue(forKey: name)?.answer else { return false }
        size.remove(answer)
        own[name.tenant]?.size.remove(answer)
        if own[name.tenant]?.size.count == 0 { own[name.tenant] = nil }
        return true
    }
}

extension IdempotencyMemory.Size {
    fileprivate mutating func add(_ answer: RecordedAnswer) {
        count += 1
        bytes += answer.weight
    }

    fileprivate mutating func remove(_ answer: RecordedAnswer) {
        count -= 1
        bytes -= answer.weight
    }
}

extension RecordedAnswer {
    /// What it weighs in memory, about.
    fileprivate var weight: Int {
        headers.reduce(256 + (body?.count ?? 0)) { $0 + $1.reduce(32) { $0 + $1.utf8.count } }
    }
}
