extension String {
    /// The words of a list that is separated by single spaces, such as `scope` (RFC 6749 §3.3); empty ones are dropped.
    ///
    /// Octet by octet: a space is one whatever stands around it, and looking for the borders of characters would cost
    /// more than all else that is done with a token.
    package var words: [String] {
        utf8.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
    }
}
