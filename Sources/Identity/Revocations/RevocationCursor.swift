import JOSE

/// How far a follower has read, in words that every node understands: up to when, and how many revocations of the time
/// just before that it has been told. Where a node knows of more, one was written late, and it is told again.
package struct RevocationCursor: Hashable, Sendable, LosslessStringConvertible {
    /// The time of the last revocation that was told.
    let at: Instant
    /// How many were told of ``RevocationLog/overlap`` up to then.
    let count: Int

    init(at: Instant, count: Int) {
        self.at = at
        self.count = count
    }

    /// Reads `<microseconds>.<count>`, as it was given out. Nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let microseconds = Int64(parts[0]), microseconds >= 0, let count = Int(parts[1]),
            count >= 0
        else { return nil }
        self.init(at: Instant(microseconds: microseconds), count: count)
        guard description.isExactly(text) else { return nil }
    }

    package var description: String { "\(at.microseconds).\(count)" }
}
