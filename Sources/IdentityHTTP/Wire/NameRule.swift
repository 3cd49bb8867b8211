/// What is told to whoever typed a name that is none: of a person, an organization, a token or a passkey.
enum NameRule {
    /// As it follows `A name has` or `name must have`.
    static let text = "1 to 100 characters, without control characters or marks that turn the direction of text"

    static let ofNames = "A name has \(text)."
    static let ofLabels = "A label has \(text)."
}
