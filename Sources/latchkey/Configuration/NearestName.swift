extension Sequence<String> {
    /// The name fewest edits away from what was typed (Levenshtein distance), for "did you mean …?".
    func nearest(to typed: String) -> String? {
        let typed = Array(typed.lowercased().utf8)
        return self.min { left, right in
            editDistance(typed, Array(left.lowercased().utf8)) < editDistance(typed, Array(right.lowercased().utf8))
        }
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
