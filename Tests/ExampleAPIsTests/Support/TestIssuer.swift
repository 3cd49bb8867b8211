import LatchkeyHummingbird

/// An issuer with a key, whose tokens are for one API.
struct TestIssuer: Sendable {
    static let url = "https://id.example.com"
    /// The time at which everything here happens, unless a test moves its clock.
    static let now = Instant(seconds: 1_800_000_000)
    /// Of the right form and checksum.
    static let apiToken = "lk_live_0000000000100000000000000000000000000000000000000000002mv4Qi"

    let audience: String
    let key: SigningKey

    init(audience: String) throws {
        self.audience = audience
        key = try SigningKey.generate(.es256)
    }

    /// A token of an organization with these scopes.
    ///
    /// - Parameters:
    ///   - login: the login behind it; limits and `Idempotency-Key` belong to that.
    ///   - changes: claims that differ from good ones; `nil` takes one away.
    func token(
        _ scopes: [String], of tenant: String = "org_a", login: String? = nil,
        _ changes: KeyValuePairs<String, JSONValue?> = [:]
    ) throws -> String {
        let now = Self.now.seconds
        let login = login ?? "grt_\(tenant)"
        var claims: JSONObject = [
            "iss": .string(Self.url), "sub": .string("usr_1"), "aud": .string(audience),
            "client_id": .string("latchkey-cli"), "exp": .integer(now + 14_400), "iat": .integer(now - 60),
            "jti": .string("jti-\(login)"), "scope": .string(scopes.joined(separator: " ")),
            "auth_time": .integer(now - 60), "amr": .array([.string("email")]), "sid": .string(login),
            "org": .string(tenant),
        ]
        for (name, value) in changes { claims[name] = value }
        return try key.token(type: "at+jwt", claims: JSONValue.object(claims).serialized())
    }

    /// - Parameter introspected: what is said of the API token ``apiToken``, besides that it is good.
    func verifier(introspected: JSONObject? = nil) -> TokenVerifier {
        TokenVerifier(
            issuer: Self.url, audience: audience, algorithms: [.es256],
            keys: .fixed(JSONWebKeySet([key.publicKey])),
            introspection: introspected.map { answer in .single { _ in Self.good(answer) } })
    }

    private static func good(_ changes: JSONObject) -> [UInt8] {
        var answer: JSONObject = [
            "active": .bool(true), "token_type": .string("Bearer"), "iss": .string(url), "sub": .string("tok_1"),
            "client_id": .string("tok_1"), "iat": .integer(now.seconds - 100), "sid": .string("tok_1"),
            "org": .string("org_a"),
        ]
        for member in changes.members { answer[member.name] = member.value }
        return JSONValue.object(answer).serialized()
    }
}
