import JOSE

extension Refusal {
    /// What is wrong with a body that was to be JSON, for whoever wrote the program that sent it. Positions are told as
    /// the parser counts them: the first byte is byte 0.
    init(_ error: JSONError, of body: [UInt8]) {
        let message =
            switch error {
            case .unexpectedEnd: "The body is not JSON: it ends before its value does."
            case .unexpectedByte(let position):
                "The body is not JSON: at byte \(position) stands something that cannot stand there."
            case .trailingBytes(let position):
                "The body is not JSON: at byte \(position), after its value, something follows."
            case .tooDeep(let maximum):
                "The body is nested too deep: at most \(maximum) objects and lists may stand in one another."
            case .duplicateMember(let name):
                "The body has the member “\(name.prefix(100))” twice in one object. Send it once."
            case .invalidUTF8(let position):
                "The body is not JSON: the string at byte \(position) is not UTF-8."
            case .invalidEscape(let position) where body.holdsNUL(at: position):
                "At byte \(position) of the body a string has the character U+0000, which is not taken. Leave it out."
            case .invalidEscape(let position):
                "The body is not JSON: at byte \(position) a string has an escape that there is not, or half of a pair "
                    + "of surrogates."
            case .numberOutOfRange(let position): "The number at byte \(position) of the body is too large."
            }
        self = .invalidRequest(message)
    }
}

extension [UInt8] {
    /// Whether the digits of `\u0000` stand there: JSON, with a character that neither C strings nor PostgreSQL hold.
    fileprivate func holdsNUL(at position: Int) -> Bool {
        indices.contains(position) && self[position...].prefix(4).elementsEqual("0000".utf8)
    }
}
