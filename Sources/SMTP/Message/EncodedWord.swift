extension String {
    /// As the text of a header such as `Subject`: itself when it is short ASCII, encoded words otherwise.
    var headerText: String {
        isPrintableASCII && utf8.count <= 60 && !contains("=?") ? self : encodedWords
    }

    /// As the name before an address: RFC 5322 §3.2.5 `phrase`.
    var headerPhrase: String {
        guard isPrintableASCII, utf8.count <= 60, !contains("=?") else { return encodedWords }
        if utf8.allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: " ") }), !hasPrefix(" "), !hasSuffix(" ") {
            return self
        }
        let quoted = replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(quoted)\""
    }

    private var isPrintableASCII: Bool { utf8.allSatisfy { (0x20...0x7E).contains($0) } }

    /// RFC 2047 in the `Q` encoding: words of at most 75 octets, each on a line of its own, no character torn apart.
    private var encodedWords: String {
        let frame = 12  // =?utf-8?Q? and ?=
        var words = [""]
        for scalar in unicodeScalars {
            let code = String(scalar).utf8.map(Self.code).joined()
            // The first line begins with the name of the header.
            let room = 75 - frame - (words.count == 1 ? 10 : 0)
            if words[words.count - 1].utf8.count + code.utf8.count > room { words.append("") }
            words[words.count - 1] += code
        }
        return words.map { "=?utf-8?Q?\($0)?=" }.joined(separator: "\r\n ")
    }

    /// RFC 2047 §5 (3): what may stand for itself everywhere, in a phrase too.
    private static func code(_ byte: UInt8) -> String {
        if byte == UInt8(ascii: " ") { return "_" }
        let isPlain = byte.isLetterOrDigit || "!*+-/".utf8.contains(byte)
        return String(decoding: isPlain ? [byte] : QuotedPrintable.escaped(byte), as: UTF8.self)
    }
}
