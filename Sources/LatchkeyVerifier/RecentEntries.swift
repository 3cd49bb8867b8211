/// Entries by their key, no more than twice `halfCapacity` of them.
///
/// Two halves: when the young one is full it becomes the old one, and the old one is given up. What is asked for in the
/// old half moves to the young one, so that entries in use stay and no list has to be kept in order.
///
/// What is given up is freed one by one, each with one that comes: all of this happens under a lock, and thousands at
/// once would keep waiting whoever comes then.
struct RecentEntries<Key: Hashable, Entry> {
    private let halfCapacity: Int
    private var young: [Key: Entry] = [:]
    private var old: [Key: Entry] = [:]
    /// Found by nobody any more. Empty before the young half is full again, for that takes as many to come.
    private var givenUp: [Key: Entry] = [:]

    init(halfCapacity: Int) {
        self.halfCapacity = halfCapacity
    }

    /// How many are in memory: those of both halves, and those given up that are not freed yet.
    var count: Int { young.count + old.count + givenUp.count }

    /// The entry, when `isGood` says that it may be used.
    mutating func entry(_ key: Key, where isGood: (Entry) -> Bool) -> Entry? {
        if let entry = young[key] { return isGood(entry) ? entry : nil }
        guard let entry = old[key], isGood(entry) else { return nil }
        insert(entry, key)
        return entry
    }

    mutating func insert(_ entry: Entry, _ key: Key) {
        if young.count >= halfCapacity, young[key] == nil {
            // The empty one keeps its room, which spares the young half from growing anew.
            swap(&old, &givenUp)
            swap(&young, &old)
        }
        _ = givenUp.popFirst()
        young[key] = entry
    }

    /// Changes the entry where it lies, or `initial` where there is none.
    mutating func update<Answer>(
        _ key: Key, initially initial: Entry, _ change: (inout Entry) -> Answer
    ) -> Answer {
        if let index = young.index(forKey: key) { return change(&young.values[index]) }
        var entry = old[key] ?? initial
        let answer = change(&entry)
        insert(entry, key)
        return answer
    }

    mutating func remove(_ key: Key) -> Entry? {
        let older = old.removeValue(forKey: key)
        return young.removeValue(forKey: key) ?? older
    }
}
