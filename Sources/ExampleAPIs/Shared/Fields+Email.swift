extension Fields {
    /// An address that mail can be sent to, by its looks.
    func email(_ name: String) throws -> String {
        let text = try text(name, 3...254)
        let halves = text.split(separator: "@", omittingEmptySubsequences: false)
        guard halves.count == 2, halves.allSatisfy({ !$0.isEmpty }), !text.contains(where: \.isWhitespace) else {
            throw refusal(name, "must be a mail address such as ann@example.com")
        }
        return text
    }
}
