import JOSE
import Testing

@testable import SMTP

@Suite("A mail on the wire")
struct MessageTests {
    private func message(
        from: String = "Latchkey <login@example.com>", subject: String = "Sign in to id.example.com",
        text: String = "Hello\n", html: String = "<p>Hello</p>\n", id: String = "msg_1@id.example.com"
    ) throws -> Message {
        try Message(
            from: #require(Mailbox(from)), to: #require(Mailbox(address: "ada@example.org")), subject: subject,
            text: text, html: html, id: id, date: Instant(seconds: 1_795_211_123))
    }

    private func encoded(_ message: Message) -> String { String(decoding: message.encoded, as: UTF8.self) }

    @Test("is this, byte for byte")
    func bytes() throws {
        let message = try message(
            text: "Open this link:\n\nhttps://id.example.com/magic-link#token=abc\n", html: "<p>Grüße</p>\n")
        let lines = [
            "Date: Fri, 20 Nov 2026 21:45:23 +0000", "From: Latchkey", " <login@example.com>", "To: ada@example.org",
            "Message-ID:", " <msg_1@id.example.com>", "Subject: Sign in to id.example.com",
            "Auto-Submitted: auto-generated", "MIME-Version: 1.0",
            "Content-Type: multipart/alternative; boundary=\"=_alternative\"", "", "--=_alternative",
            "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "",
            "Open this link:", "", "https://id.example.com/magic-link#token=3Dabc", "", "--=_alternative",
            "Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "",
            "<p>Gr=C3=BC=C3=9Fe</p>", "", "--=_alternative--", "",
        ]
        #expect(encoded(message) == lines.joined(separator: "\r\n"))
    }

    @Test(
        "quotes and encodes a sender's name as it needs to be",
        arguments: [
            ("Latchkey", "Latchkey"), ("The Login Desk", "The Login Desk"),
            ("\"Latchkey, Inc.\"", "\"Latchkey, Inc.\""),
            ("Schlüssel", "=?utf-8?Q?Schl=C3=BCssel?="), ("=?utf-8?Q?x?=", "=?utf-8?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?="),
        ])
    func names(name: String, written: String) throws {
        let text = encoded(try message(from: "\(name) <login@example.com>"))
        #expect(text.contains("\r\nFrom: \(written)\r\n <login@example.com>\r\nTo: "))
    }

    @Test("keeps every line short, whatever the subject, and tears no character apart")
    func longSubject() throws {
        let text = encoded(try message(subject: String(repeating: "é🔑x ", count: 50)))
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.utf8.count <= 78 })
        let words = lines.filter { $0.contains("=?utf-8?Q?") }
        #expect(words.count > 10)
        for word in words {
            #expect(word.utf8.count <= 76)
            let bytes = word.matches(of: /=([0-9A-F]{2})/).compactMap { UInt8($0.1, radix: 16) }
            #expect(String(validating: bytes, as: UTF8.self) != nil, "\(word)")
        }
    }

    @Test(
        "refuses a subject that could become a header",
        arguments: [
            "a\r\nBcc: eve@example.com", "a\nb", "a\rb", "a\u{0}b",
            "a\u{85}b", "a\u{2028}b", "a\u{7F}b",
        ])
    func subjectInjection(subject: String) {
        #expect(throws: Message.Refusal.subject) { try message(subject: subject) }
    }

    @Test(
        "refuses an id that is none",
        arguments: ["", "msg_1", "a@b@c", "a b@c", "a@b>\r\nBcc: eve@example.com", "<a@b>", "a@[b c]", "@b", "a@"])
    func badIdentifiers(id: String) {
        #expect(throws: Message.Refusal.id) { try message(id: id) }
    }

    @Test("takes the id of a server that is named by an address")
    func literalIdentifier() throws {
        #expect(encoded(try message(id: "msg_1@[::1]")).contains("\r\nMessage-ID:\r\n <msg_1@[::1]>\r\n"))
    }

    @Test(
        "dates are RFC 5322's",
        arguments: [
            (0, "Thu, 1 Jan 1970 00:00:00 +0000"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"),
            (-1, "Wed, 31 Dec 1969 23:59:59 +0000"), (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 +0000"),
        ])
    func dates(seconds: Int64, text: String) {
        #expect(Instant(seconds: seconds).mailDate == text)
    }
}

@Suite("Quoted-printable")
struct QuotedPrintableTests {
    @Test(
        "encodes what the wire would change and nothing else",
        arguments: [
            ("", ""), ("a = b", "a =3D b"), ("tail \n", "tail=20\r\n"), ("tab\t", "tab=09"), ("é", "=C3=A9"),
            ("a\r\nb\rc\nd", "a\r\nb\r\nc\r\nd"), ("\u{0}", "=00"), (".", "."),
            ("--=_alternative", "--=3D_alternative"),
        ])
    func cases(text: String, encoded: String) {
        #expect(String(decoding: QuotedPrintable.encode(text), as: UTF8.self) == encoded)
    }

    @Test("breaks lines softly, at most 76 octets long", arguments: 70...80)
    func softBreaks(count: Int) {
        for unit in ["x", "=", "é", "x ", "x="] {
            let lines = String(decoding: QuotedPrintable.encode(String(repeating: unit, count: count)), as: UTF8.self)
                .split(separator: "\r\n")
            #expect(lines.allSatisfy { $0.utf8.count <= 76 })
            #expect(lines.dropLast().allSatisfy { $0.hasSuffix("=") && $0.utf8.count >= 74 })
        }
        let fits = QuotedPrintable.encode(String(repeating: "x", count: 76))
        #expect(fits.count == 76)
    }
}

@Suite("A mailbox")
struct MailboxTests {
    @Test(
        "is read as people write it",
        arguments: [
            ("login@example.com", "", "login@example.com"),
            ("Latchkey <login@example.com>", "Latchkey", "login@example.com"),
            ("\"Latchkey, Inc.\" <a@b>", "Latchkey, Inc.", "a@b"), ("<a@b>", "", "a@b"),
            ("Ä Ö <a@b.c>", "Ä Ö", "a@b.c"),
        ])
    func read(text: String, name: String, address: String) throws {
        let mailbox = try #require(Mailbox(text))
        #expect((mailbox.name, mailbox.address) == (name, address))
    }

    @Test(
        "is refused when it could be taken for something else",
        arguments: [
            "", "login", "a@b, c@d", "a b@c", "A <a@b> <c@d>", "A\r\nBcc: x <a@b>", "A\u{2028} <a@b>", "A <a@b\r\n>",
            "a@b\n", "é@example.com", "a@é.com", "\"a\"@b", "a@[127.0.0.1]", "a..b@c", ".a@b", "@b", "a@", "a@b@c",
            "A\" <a@b>", "A <a@b",
        ])
    func refused(text: String) {
        #expect(Mailbox(text) == nil)
    }
}
