import ArgumentParser
import JOSE
import Testing

@testable import latchkey

@Suite("An issuer")
struct IssuerTests {
    @Test(
        "is an https URL, or http on this machine",
        arguments: [
            "https://id.example.com", "https://id.example.com:8443", "https://example.com/id", "http://localhost:8080",
            "http://127.0.0.1", "http://[::1]:8080",
        ])
    func accepted(text: String) {
        #expect(Issuer(text)?.description == text)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "localhost:8080", "http://example.com", "http://localhost.example.com", "http://127.0.0.1.example.com",
            "ftp://localhost", "https://", "https:///x", "https://id.example.com/", "https://u:p@id.example.com",
            "http://localhost@example.com", "https://id.example.com?a", "https://id.example.com#a",
            "https://id.example.com\n", " https://id.example.com", "https://id.exämple.com", "javascript:alert(1)",
        ])
    func refused(text: String) {
        #expect(Issuer(text) == nil)
    }

    @Test("may be typed with a slash at the end")
    func typed() {
        #expect(Issuer(typed: "https://id.example.com/")?.description == "https://id.example.com")
    }

    @Test("comes from the flag, then the environment, then the latest login, then this machine")
    func defaults() throws {
        var credentials = Credentials()
        let none = try IssuerOption.parse([])
        #expect(try none.resolve(credentials, environment: [:]).description == "http://localhost:8080")
        let old = try #require(Issuer("https://old.example.com"))
        let new = try #require(Issuer("https://new.example.com"))
        credentials[old] = Credential(.example, at: .init(seconds: 1))
        credentials[new] = Credential(.example, at: .init(seconds: 2))
        #expect(try none.resolve(credentials, environment: [:]) == new)
        let environment = ["LATCHKEY_ISSUER": "https://env.example.com"]
        #expect(try none.resolve(credentials, environment: environment).description == "https://env.example.com")
        let flag = try IssuerOption.parse(["--issuer", "https://old.example.com"])
        #expect(try flag.resolve(credentials, environment: environment) == old)
    }
}
