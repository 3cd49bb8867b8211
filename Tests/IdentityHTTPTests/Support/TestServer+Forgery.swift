import HTTPTypes
import Identity
import JOSE
import Testing

// Tokens that only a thief of the signing key could make, or that someone without it tries to pass off.

extension TestServer {
    /// The key that signs, so that nothing but what a test changes is wrong with a token.
    var signingKey: SigningKey {
        guard let key = provider.signingKeys.contents.active else { fatalError("the server has no key to sign with") }
        return key
    }

    /// The protected header of our own tokens, with some members replaced by JSON; nil takes a member away.
    func header(_ changes: [(String, String?)] = []) -> String {
        object(
            [
                ("alg", #""ES256""#), ("kid", #""\#(signingKey.keyID)""#), ("typ", #""at+jwt""#),
            ], changes)
    }

    /// The claims of a login's access token, with some members replaced by JSON; nil takes a member away.
    func claims(of tokens: Tokens, _ changes: [(String, String?)] = []) throws -> String {
        let members = try tokens.claims.members.map {
            ($0.name, String(decoding: $0.value.serialized(), as: UTF8.self))
        }
        return object(members, changes)
    }

    /// A token with a true signature over whatever is given.
    func signed(_ header: String, _ payload: String) throws -> String {
        try signed(Array(header.utf8), Array(payload.utf8))
    }

    func signed(_ header: [UInt8], _ payload: [UInt8]) throws -> String {
        let input = Base64URL.encode(header) + "." + Base64URL.encode(payload)
        return input + "." + Base64URL.encode(try signingKey.sign(Array(input.utf8)))
    }

    private func object(_ members: [(String, String)], _ changes: [(String, String?)]) -> String {
        var members = members
        for (name, value) in changes {
            members.removeAll { $0.0 == name }
            if let value { members.append((name, value)) }
        }
        return "{" + members.map { #""\#($0.0)":\#($0.1)"# }.joined(separator: ",") + "}"
    }

    /// Shows a token where our own endpoints take access tokens, and to introspection. Both must know nothing of it.
    func expectRefused(
        _ token: String, _ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let me = try await me(token)
        #expect(me.status == .unauthorized && me.error == "invalid_token", comment, sourceLocation: sourceLocation)
        let introspection = try await post(
            "/oauth/introspect", form: ["token": token], headers: .basic("resource", "its secret"))
        #expect(introspection.text == #"{"active":false}"#, comment, sourceLocation: sourceLocation)
    }

    /// A confidential client that may introspect.
    func registerResourceServer() async throws {
        try await register("resource", secret: "its secret")
    }
}

extension [UInt8] {
    /// Plain base64 (RFC 4648 §4).
    var base64: String {
        let plain = String(Base64URL.encode(self).map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        return plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
    }
}
