import JOSE
import Testing

@testable import Identity

@Suite("Client authentication")
struct ClientAuthenticationTests {
    private let key = PurposeKeys.first.clientSecrets

    private func confidential(disabledAt: Instant? = nil) -> Client {
        let code = key.code(for: Client.secretMessage(identifier: "client-1", secret: "s3cret"))
        return .example(secretCode: code, disabledAt: disabledAt)
    }

    @Test("lets a public client in by its name, and refuses one that sends a secret")
    func publicClient() {
        let client = Client.example()
        #expect(client.isPublic)
        #expect(client.authenticate(.identifier("client-1"), key: key) == nil)
        #expect(client.authenticate(.firstParty, key: key) == nil)
        for secret in ["", "s3cret"] {
            let credentials = ClientCredentials.secret(identifier: "client-1", secret: secret)
            #expect(client.authenticate(credentials, key: key) == .secretUnexpected)
        }
    }

    @Test("lets a confidential client in by its secret alone")
    func confidentialClient() {
        let client = confidential()
        #expect(!client.isPublic)
        #expect(client.authenticate(.secret(identifier: "client-1", secret: "s3cret"), key: key) == nil)
        #expect(client.authenticate(.identifier("client-1"), key: key) == .secretMissing)
        #expect(client.authenticate(.firstParty, key: key) == .secretMissing)
        for secret in ["", "S3cret", "s3cret ", "s3cre", "s3cret\u{0}"] {
            let credentials = ClientCredentials.secret(identifier: "client-1", secret: secret)
            #expect(client.authenticate(credentials, key: key) == .secretWrong)
        }
    }

    @Test("lets no disabled client in, with whatever it shows")
    func disabled() {
        let credentials: [ClientCredentials] = [
            .identifier("client-1"), .firstParty, .secret(identifier: "client-1", secret: "s3cret"),
        ]
        for shown in credentials {
            #expect(confidential(disabledAt: .start).authenticate(shown, key: key) == .disabled)
            #expect(Client.example(disabledAt: .start).authenticate(shown, key: key) == .disabled)
        }
    }

    @Test("takes no client's stored code for another client, nor for a name and secret cut elsewhere")
    func bound() {
        let message = Client.secretMessage(identifier: "ab", secret: "cd")
        #expect(message != Client.secretMessage(identifier: "abc", secret: "d"))
        #expect(message != Client.secretMessage(identifier: "a", secret: "bcd"))
    }

    @Test("a thing presented belongs to the client that shows itself, or to a public one when none does")
    func presence() {
        let (own, other) = (Client.example(1), Client.example(2))
        #expect(ClientPresence.authenticated(own).mismatch(with: own) == nil)
        #expect(ClientPresence.authenticated(other).mismatch(with: own) == .otherClient)
        #expect(ClientPresence.unnamed.mismatch(with: own) == nil)
        #expect(ClientPresence.unnamed.mismatch(with: confidential()) == .proofNeeded)
        #expect(ClientPresence.authenticated(other).mismatch(with: confidential()) == .otherClient)
    }
}
