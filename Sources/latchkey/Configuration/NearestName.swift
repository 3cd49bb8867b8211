extension Sequence<String> {
    /// The name fewest edits away from what was typed (Levenshtein distance), for "did you mean …?".
    func nearest(to typed: String) -> String? {
        nearest(to: typed, within: .max)
    }

    /// The same where it is near enough to be meant; else nil.
    ///
    /// - Parameter distance: how many edits away it may be.
    func nearest(to typed: String, within distance: Int) -> String? {
        let typed = Array(typed.lowercased().utf8)
        let nearest = self.min { left, right in
            editDistance(typed, Array(left.lowercased().utf8)) < editDistance(typed, Array(right.lowercased().utf8))
        }
        return nearest.flatMap { editDistance(typed, Array($0.lowercased().utf8)) <= distance ? $0 : nil }
    }
}

private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var previous = Array(0...right.count)
    for (row, byte) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            let replaced = previous[column] + (byte == other ? 0 : 1)
            current.append(Swift.min(replaced, previous[column + 1] + 1, current[column] + 1))
        }
        previous = current
    }
    return previous[right.count]
}
