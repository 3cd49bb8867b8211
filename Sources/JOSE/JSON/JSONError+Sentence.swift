extension JSONError {
    /// What is wrong with a text that was to be JSON, for whoever wrote it; begins with a small letter.
    ///
    /// - Parameters:
    ///   - text: what was read.
    ///   - subject: what it is called: `the body`, `it`.
    ///   - place: how a position is told: `byte 31`, `line 2, column 5`.
    package func sentence(of text: [UInt8], subject: String, place: (Int) -> String) -> String {
        switch self {
        case .unexpectedEnd: "\(subject) is not JSON: it ends before its value does."
        case .unexpectedByte(let position):
            "\(subject) is not JSON: at \(place(position)) stands something that cannot stand there."
        case .trailingBytes(let position):
            "\(subject) is not JSON: at \(place(position)), after its value, something follows."
        case .tooDeep(let maximum):
            "\(subject) is nested too deep: at most \(maximum) objects and lists may stand in one another."
        case .duplicateMember(let name):
            "\(subject) has the member “\(name.prefix(100))” twice in one object. Name it once."
        case .invalidUTF8(let position):
            "\(subject) is not JSON: the string at \(place(position)) is not UTF-8."
        case .invalidEscape(let position) where text.holdsNUL(at: position):
            "at \(place(position)) of \(subject) a string has the character U+0000, which is not taken. Leave it out."
        case .invalidEscape(let position):
            "\(subject) is not JSON: at \(place(position)) a string has an escape that there is not, or half of a pair "
                + "of surrogates."
        case .numberOutOfRange(let position): "the number at \(place(position)) of \(subject) is too large."
        }
    }
}

extension [UInt8] {
    /// Where a person finds a byte: lines and characters are counted from 1.
    package func lineAndColumn(of position: Int) -> String {
        let before = prefix(Swift.max(position, 0)).split(separator: 0x0A, omittingEmptySubsequences: false)
        let column = String(decoding: before.last ?? [], as: UTF8.self).count + 1
        return "line \(Swift.max(before.count, 1)), column \(column)"
    }

    /// Whether the digits of `\u0000` stand there: JSON, with a character that neither C strings nor PostgreSQL hold.
    fileprivate func holdsNUL(at position: Int) -> Bool {
        indices.contains(position) && self[position...].prefix(4).elementsEqual("0000".utf8)
    }
}
