/// Entries by SHA-256 digest, no more than twice `halfCapacity` of them.
///
/// Two halves: when the young one is full it becomes the old one, and the old one is dropped. What is asked for in the
/// old half moves to the young one, so that entries in use stay and no list has to be kept in order.
struct RecentEntries<Entry> {
    private let halfCapacity: Int
    private var young: [[UInt8]: Entry] = [:]
    private var old: [[UInt8]: Entry] = [:]

    init(halfCapacity: Int) {
        self.halfCapacity = halfCapacity
    }

    /// How many there are, in both halves.
    var count: Int { young.count + old.count }

    /// The entry, when `isGood` says that it may be used.
    mutating func entry(_ digest: [UInt8], where isGood: (Entry) -> Bool) -> Entry? {
        if let entry = young[digest] { return isGood(entry) ? entry : nil }
        guard let entry = old[digest], isGood(entry) else { return nil }
        insert(entry, digest)
        return entry
    }

    mutating func insert(_ entry: Entry, _ digest: [UInt8]) {
        if young.count >= halfCapacity {
            old = young
            young = [:]
        }
        young[digest] = entry
    }

    /// Changes the entry where it lies, or `initial` where there is none.
    mutating func update(_ digest: [UInt8], initially initial: Entry, _ change: (inout Entry) -> Void) {
        if let index = young.index(forKey: digest) { return change(&young.values[index]) }
        var entry = old[digest] ?? initial
        change(&entry)
        insert(entry, digest)
    }

    mutating func remove(_ digest: [UInt8]) -> Entry? {
        let older = old.removeValue(forKey: digest)
        return young.removeValue(forKey: digest) ?? older
    }
}
