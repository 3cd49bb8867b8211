package import JOSE

/// One mail, in plain text and in HTML, that can be written without a doubt about where each header ends.
package struct Message: Hashable, Sendable {
    package let sender: Mailbox
    package let recipient: Mailbox
    /// One line.
    package let subject: String
    package let text: String
    package let html: String
    /// What stands between the angle brackets of `Message-ID`: unique for ever, the same for each attempt to send.
    package let id: String
    package let date: Instant

    /// Why a message is not one.
    package enum Refusal: Error, Hashable, Sendable {
        /// Control characters in it, or longer than 500 octets.
        case subject
        /// Not `left@right` as RFC 5322 §3.6.4 has it.
        case id
    }

    /// - Parameter id: `left@host`, where the host is a name or an address in brackets.
    package init(
        from sender: Mailbox, to recipient: Mailbox, subject: String, text: String, html: String, id: String,
        date: Instant
    ) throws(Refusal) {
        guard subject.isOneLine, subject.utf8.count <= 500 else { throw .subject }
        guard Self.isIdentifier(id) else { throw .id }
        self.sender = sender
        self.recipient = recipient
        self.subject = subject
        self.text = text
        self.html = html
        self.id = id
        self.date = date
    }

    private static func isIdentifier(_ id: String) -> Bool {
        let parts = id.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard id.utf8.count <= 300, parts.count == 2, parts[0].isDotAtom else { return false }
        guard parts[1].first == UInt8(ascii: "["), parts[1].last == UInt8(ascii: "]") else { return parts[1].isDotAtom }
        return parts[1].dropFirst().dropLast().allSatisfy { $0.isLetterOrDigit || ":.".utf8.contains($0) }
    }
}
