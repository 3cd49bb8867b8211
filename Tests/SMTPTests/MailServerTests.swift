import JOSE
import Testing

@testable import SMTP

@Suite("The URL of a mail server")
struct MailServerTests {
    @Test(
        "names scheme, host, port and user",
        arguments: [
            ("smtp://mail.example.com", "smtp://mail.example.com:587", nil),
            ("smtps://mail.example.com/", "smtps://mail.example.com:465", nil),
            ("smtp://login@mail.example.com:25", "smtp://mail.example.com:25", "login"),
            ("smtp://login@example.com@mail.example.com", "smtp://mail.example.com:587", "login@example.com"),
            ("smtps://login%40example.com@10.0.0.1:1", "smtps://10.0.0.1:1", "login@example.com"),
            ("smtp://[::1]:1025", "smtp://[::1]:1025", nil),
        ] as [(String, String, String?)])
    func read(url: String, server: String, user: String?) throws {
        let parsed = try #require(MailServer(url))
        #expect(parsed.description == server)
        #expect(parsed.user == user)
    }

    @Test(
        "is refused when it is anything else",
        arguments: [
            "", "mail.example.com", "http://mail.example.com", "SMTP://h", "smtp://", "smtp://:25", "smtp://h:0",
            "smtp://h:65536", "smtp://h:x", "smtp://h:", "smtp://h/path", "smtp://h?x", "smtp://h#x", "smtp://@h",
            "smtp://u:p@h", "smtp://u%0d%0a@h", "smtp://u%@h", "smtp://u%3@h", "smtp://h h", "smtp://h\n",
            "smtp://[::1", "smtp://[x]", "smtp://é.com",
        ])
    func refused(url: String) {
        #expect(MailServer(url) == nil)
    }

    @Test("with a password in it is known as such, however broken it is")
    func password() {
        #expect(MailServer.hasPassword("smtp://u:p@h"))
        #expect(MailServer.hasPassword("smtp://u:p@@h:x"))
        #expect(!MailServer.hasPassword("smtp://u@h:25"))
        #expect(!MailServer.hasPassword("smtp://h:25"))
    }
}

@Suite("What a mail server says")
struct ConversationTests {
    private func heard(_ lines: String...) -> Conversation {
        var conversation = Conversation()
        for line in lines { conversation.hear((line + "\r\n").utf8) }
        return conversation
    }

    @Test("is kept as one line, without anything that could upset a terminal or a log")
    func words() {
        let conversation = heard("220 hello", "550-5.1.1 no such", "550 user \u{1B}[31mhere")
        #expect(conversation.refusal(hiding: nil, of: nil) == .init(code: 550, words: "5.1.1 no such user  [31mhere"))
        #expect(conversation.replyCount == 2)
    }

    @Test("is a refusal only when the latest reply is")
    func latest() {
        #expect(heard("450 later", "250 ok").refusal(hiding: nil, of: nil) == nil)
        #expect(heard("450-later", "450-still").refusal(hiding: nil, of: nil) == nil)
        #expect(heard("nonsense", "99 x", "").replyCount == 0)
        #expect(heard("450 later", "221 bye").refusal(hiding: nil, of: nil)?.code == 450)
    }

    @Test("is kept short")
    func long() throws {
        var conversation = Conversation()
        for _ in 0..<1_000 { conversation.hear(("550-" + String(repeating: "x", count: 400)).utf8) }
        conversation.hear("550 end".utf8)
        #expect(try #require(conversation.last).words.utf8.count <= 1_000)
    }

    @Test(
        "is hidden when the password is in it, in any form in which it was sent",
        arguments: ["canary-9?>", "Y2FuYXJ5LTk/Pg", "AGFkYQBjYW5hcnktOT8+"])
    func password(form: String) {
        let conversation = heard("535 not \(form) ok")
        let refusal = conversation.refusal(hiding: Secret("canary-9?>".utf8), of: "ada")
        #expect(refusal == .init(code: 535, words: "<redacted>"))
    }
}

@Suite("A failure to send")
struct SMTPFailureTests {
    @Test("is permanent only when the server has refused the message itself for ever")
    func permanence() {
        let words = SMTPFailure.Reply(code: 550, words: "no")
        #expect(SMTPFailure.refused(words).isPermanent)
        #expect(!SMTPFailure.refused(.init(code: 451, words: "later")).isPermanent)
        #expect(!SMTPFailure.turnedAway(words).isPermanent)
        #expect(!SMTPFailure.unreachable("").isPermanent)
        #expect(!SMTPFailure.insecure("").isPermanent)
        #expect(!SMTPFailure.timedOut.isPermanent)
    }

    @Test("of a server that is not there says so")
    func unreachable() async throws {
        let server = try #require(MailServer("smtp://127.0.0.1:1"))
        let sender = try #require(Mailbox("a@example.com"))
        let message = try Message(
            from: sender, to: sender, subject: "", text: "", html: "", id: "a@b", date: Instant(seconds: 0))
        await #expect {
            try await SMTPTransport(SMTPTransport.Settings(server: server)).send(message)
        } throws: { error in
            if case SMTPFailure.unreachable = error { true } else { false }
        }
    }
}
