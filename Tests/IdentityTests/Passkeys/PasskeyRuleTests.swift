import JOSE
import TestAuthenticators
import Testing
import WebAuthn

@testable import Identity

@Suite("The rules of passkeys")
struct PasskeyRuleTests {
    @Test(
        "the site of passkeys is the issuer's host, and its one origin as browsers write it",
        arguments: [
            ("https://id.example.com", "id.example.com", "https://id.example.com"),
            ("https://ID.Example.com:443", "id.example.com", "https://id.example.com"),
            ("https://id.example.com:8443/tenant", "id.example.com", "https://id.example.com:8443"),
            ("https://id.example.com/a:b", "id.example.com", "https://id.example.com"),
            ("http://localhost:8080", "localhost", "http://localhost:8080"),
            ("http://localhost:80", "localhost", "http://localhost"),
            ("https://localhost", "localhost", "https://localhost"),
        ])
    func site(issuer: String, id: String, origin: String) throws {
        let site = try #require(RelyingParty(issuer: issuer))
        #expect(site.id == id)
        #expect(site.origins == [origin])
        #expect(site.origin == origin)
    }

    @Test(
        "where browsers make no passkeys there is no site",
        arguments: [
            "http://127.0.0.1:8080", "https://192.0.2.1", "https://[::1]:8443", "http://id.example.com",
            "ftp://localhost",
            "https://", "id.example.com", "",
        ])
    func noSite(issuer: String) {
        #expect(RelyingParty(issuer: issuer) == nil)
    }

    @Test("a challenge is good for its purpose and its holder, for five minutes")
    func challenge() {
        let (mine, other) = (
            PasskeyChallenge.Holder.login(.session(.init(rawValue: 1))),
            PasskeyChallenge.Holder.login(.session(.init(rawValue: 2)))
        )
        let challenge = PasskeyChallenge(
            bytes: [1], purpose: .registration, holder: mine.text, createdAt: .start, expiresAt: .start + .seconds(300))
        let last = Instant.start + .seconds(300) - .microseconds(1)
        #expect(challenge.refusal(.registration, from: mine, at: last) == nil)
        #expect(challenge.refusal(.registration, from: mine, at: .start + .seconds(300)) == .expired)
        #expect(challenge.refusal(.registration, from: other, at: .start) == .unknown)
        #expect(challenge.refusal(.authentication, from: mine, at: .start) == .unknown)
        #expect(challenge.refusal(.stepUp, from: mine, at: .start + .seconds(300)) == .unknown)
    }

    @Test("no two kinds of holders are taken for one another")
    func holders() {
        let holders: [PasskeyChallenge.Holder] = [
            .login(.session(.init(rawValue: 7))), .login(.grant(.init(rawValue: 7))), .application(.init(rawValue: 7)),
            .browser(digest: [7]), .browser(digest: [8]),
        ]
        #expect(Set(holders.map(\.text)).count == holders.count)
    }

    @Test("a passkey is called what its authenticator is called, with a number when it is not the first")
    func names() throws {
        let unknown = try #require(AAGUID([UInt8](repeating: 0, count: 16)))
        #expect(Passkey.name(for: unknown, besides: []) == "Passkey")
        #expect(Passkey.name(for: unknown, besides: ["Passkey"]) == "Passkey 2")
        #expect(Passkey.name(for: unknown, besides: ["Passkey", "Passkey 2", "x"]) == "Passkey 3")
        let keychain = try #require(AAGUID("fbfc3007-154e-4ecc-8c0b-6e020557d7bd"))
        #expect(Passkey.name(for: keychain, besides: ["Passkey"]) == keychain.name)
    }

    @Test("a user handle is the name of the account, and within the 64 bytes that there are")
    func userHandle() {
        let id = User.ID(rawValue: .max)
        #expect(String(decoding: id.userHandle, as: UTF8.self) == id.description)
        #expect(id.userHandle.count <= 64)
    }
}
