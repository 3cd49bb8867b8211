/// Names that people chose, in mail to people who may never have heard of them.
enum MailWords {
    /// The letters, digits and a few signs of a name. No dot, colon, slash or at-sign: mail programs make links of
    /// whatever looks like one, and an invitation would carry anyone's advertisement.
    static func plain(_ name: String, or fallback: String) -> String {
        let kept = name.unicodeScalars.map { scalar -> Character in
            scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || "-'’&,()".unicodeScalars.contains(scalar)
                ? Character(scalar) : " "
        }
        let words = String(kept).split(separator: " ").joined(separator: " ").prefix(60)
        return words.isEmpty ? fallback : String(words)
    }
}
