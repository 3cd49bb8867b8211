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
        guard let entry = young[digest] ?? old[digest], isGood(entry) else { return nil }
        if young[digest] == nil { insert(entry, digest) }
        return entry
    }

    mutating func insert(_ entry: Entry, _ digest: [UInt8]) {
        if young.count >= halfCapacity {
            old = young
            young = [:]
        }
        young[digest] = entry
    }
}
