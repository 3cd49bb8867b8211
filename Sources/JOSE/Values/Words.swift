extension String {
    /// The words of a list that is separated by single spaces, such as `scope` (RFC 6749 §3.3); empty ones are dropped.
    ///
    /// Octet by octet: a space is one whatever stands around it, and looking for the borders of characters would cost
    /// more than all else that is done with a token.
    package var words: [String] {
        let octets = Array(utf8)
        var words: [String] = []
        words.reserveCapacity(octets.count / 12)
        var start = 0
        for end in 0...octets.count where end == octets.count || octets[end] == UInt8(ascii: " ") {
            if start < end { words.append(String(decoding: octets[start..<end], as: UTF8.self)) }
            start = end + 1
        }
        return words
    }

    /// Whether a word is in the list, to the letter. An empty one never is.
    package func hasWord(_ word: String) -> Bool {
        let (list, word) = (Array(utf8), Array(word.utf8))
        guard !word.isEmpty else { return false }
        var start = 0
        for end in 0...list.count where end == list.count || list[end] == UInt8(ascii: " ") {
            if end - start == word.count, word.indices.allSatisfy({ list[start + $0] == word[$0] }) { return true }
            start = end + 1
        }
        return false
    }
}

extension [String] {
    /// The list of these words, with a single space between two.
    package var wordList: String {
        var octets: [UInt8] = []
        octets.reserveCapacity(count * 20)
        for word in self {
            if !octets.isEmpty { octets.append(UInt8(ascii: " ")) }
            octets.append(contentsOf: word.utf8)
        }
        return String(decoding: octets, as: UTF8.self)
    }
}
