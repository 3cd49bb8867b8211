import JOSE

/// The revocations of as long as access tokens live, in the order of their times, as one node has read them. Pure.
struct RevocationLog: Sendable {
    /// How late a revocation may come to light, by its own time: clocks of nodes differ, and commits wait. What is read
    /// again, and compared with what a follower has been told, reaches back so far.
    static let overlap = Duration.seconds(120)
    /// For how long a revocation is told: as long as the longest access token may be taken for good.
    static let retention = AccessTokens.lifetime + .seconds(60)
    /// In one answer, so that it stays under 64 KiB. More only when that many ended in one and the same moment.
    static let pageSize = 1_200

    private(set) var entries: [Revocation] = []

    /// A part of the log, and where it ends.
    struct Page: Hashable, Sendable {
        let entries: [Revocation]
        let cursor: RevocationCursor
        /// The next call is answered with more at once.
        let hasMore: Bool
    }

    /// Takes in what was read: all revocations after a time. What is too old to matter goes.
    mutating func replace(after start: Instant, with read: [Revocation], at now: Instant) {
        entries.removeSubrange(index(after: start)...)
        entries += read.sorted()
        let old = index(after: now - Self.retention)
        if old > 0 { entries.removeFirst(old) }
    }

    /// What a follower has not been told.
    ///
    /// - Parameter cursor: nil: it has been told nothing.
    func page(after cursor: RevocationCursor?) -> Page {
        let start = cursor.map(start) ?? 0
        guard start < entries.count else {
            return Page(entries: [], cursor: cursor ?? self.cursor(at: entries.count), hasMore: false)
        }
        var end = min(entries.count, start + Self.pageSize)
        // A moment is never cut in two: a cursor cannot point into it.
        while end < entries.count, entries[end].at == entries[end - 1].at { end += 1 }
        return Page(
            entries: Array(entries[start..<end]), cursor: self.cursor(at: end), hasMore: end < entries.count)
    }

    /// Where telling begins: after what was told, or, when one came late, at the beginning of the overlap.
    private func start(_ cursor: RevocationCursor) -> Int {
        let next = index(after: cursor.at)
        let overlap = index(after: cursor.at - Self.overlap)
        return next - overlap > cursor.count ? overlap : next
    }

    private func cursor(at end: Int) -> RevocationCursor {
        guard end > 0 else { return RevocationCursor(at: Instant(microseconds: 0), count: 0) }
        let last = entries[end - 1].at
        return RevocationCursor(at: last, count: end - index(after: last - Self.overlap))
    }

    /// The first entry later than a time, by halving.
    private func index(after time: Instant) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].at > time { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
