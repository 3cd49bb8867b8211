import JOSE
import SMTP
import Testing

@testable import latchkey

@Suite("The configuration of mail")
struct MailConfigurationTests {
    private static let complete = [
        "smtp_url": "smtp://login@example.com@mail.example.com", "mail_from": "Latchkey <login@example.com>",
        "smtp_password": "canary",
    ]

    private func configuration(_ settings: [String: String]) async throws -> ServerConfiguration {
        let directory = try TemporaryDirectory()
        let environment = Dictionary(
            uniqueKeysWithValues: settings.map { ("LATCHKEY_" + $0.key.uppercased(), $0.value) })
        return try await ServerConfiguration(flags: [:], environment: environment, directory: directory.path)
    }

    @Test("is nothing when nobody names a mail server")
    func none() async throws {
        let configuration = try await configuration([:])
        #expect(configuration.mail == nil)
        #expect(configuration.mailTemplatesDirectory == nil)
    }

    @Test("names server, user, password and sender")
    func complete() async throws {
        let mail = try #require(try await configuration(Self.complete).mail)
        #expect(mail.server.description == "smtp://mail.example.com:587")
        #expect(mail.server.user == "login@example.com")
        #expect(mail.password?.matches(Array("canary".utf8)) == true)
        #expect(mail.sender == Mailbox(name: "Latchkey", address: "login@example.com"))
        #expect(mail.authorities == nil)
    }

    @Test(
        "is refused when a part is missing or one too many",
        arguments: [
            ["smtp_url": ""], ["smtp_password": ""], ["mail_from": ""], ["smtp_url": "smtp://mail.example.com"],
            ["dev": "true"], ["smtp_url": "", "smtp_password": ""],
            ["smtp_url": "", "smtp_password": "", "mail_from": "", "smtp_ca_file": "/x"],
        ])
    func contradictions(change: [String: String]) async throws {
        let settings = Self.complete.merging(change) { $1 }.filter { !$0.value.isEmpty }
        let refusal = await #expect(throws: ConfigurationRefusal.self) { try await configuration(settings) }
        guard case .contradiction = refusal else {
            Issue.record("refused with \(String(describing: refusal))")
            return
        }
    }

    @Test("is refused with a password in the URL, which is not shown", arguments: ["", ":x"])
    func passwordInURL(rest: String) async {
        let settings = ["smtp_url": "smtp://login:canary@mail.example.com\(rest)", "mail_from": "login@example.com"]
        let refusal = await #expect(throws: ConfigurationRefusal.self) { try await configuration(settings) }
        #expect(refusal == .secretInFile("smtp_password", path: "smtp_url", instead: "LATCHKEY_SMTP_PASSWORD"))
        #expect(refusal?.message.contains("canary") == false)
    }
}
