import LatchkeyHummingbird

/// An issuer with a key, that writes tokens good or bad.
struct TestIssuer {
    static let url = "https://id.example.com"
    static let audience = "https://api.example.com"
    /// The time at which everything here happens, unless a test says otherwise.
    static let now = Instant(seconds: 1_800_000_000)
    /// Of the right form and checksum.
    static let apiToken = "lk_live_0000000000100000000000000000000000000000000000000000002mv4Qi"

    let key: SigningKey

    init() throws {
        key = try SigningKey.generate(.es256)
    }

    static let claims: JSONObject = [
        "iss": .string(url), "sub": .string("usr_1"), "aud": .string(audience), "client_id": .string("latchkey-cli"),
        "exp": .integer(now.seconds + 14_400), "iat": .integer(now.seconds - 60), "jti": .string("jti-1"),
        "scope": .string("jobs:read jobs:write"), "auth_time": .integer(now.seconds - 60),
        "amr": .array([.string("email")]), "sid": .string("grt_1"), "org": .string("org_1"),
    ]

    /// A token whose claims differ from the good ones; `nil` takes a claim away.
    func token(type: String = "at+jwt", _ changes: KeyValuePairs<String, JSONValue?> = [:]) throws -> String {
        var claims = Self.claims
        for (name, value) in changes { claims[name] = value }
        return try key.token(type: type, claims: JSONValue.object(claims).serialized())
    }

    var keySet: JSONWebKeySet { JSONWebKeySet([key.publicKey]) }

    func verifier(
        introspection: Introspection? = nil, revocations: RevocationSource = .ignored
    ) -> TokenVerifier {
        TokenVerifier(
            issuer: Self.url, audience: Self.audience, algorithms: [.es256], keys: .fixed(keySet),
            introspection: introspection, revocations: revocations)
    }

    /// What is said of a good API token.
    static func introspected(_ changes: KeyValuePairs<String, JSONValue?> = [:]) -> [UInt8] {
        var answer: JSONObject = [
            "active": .bool(true), "token_type": .string("Bearer"), "iss": .string(url), "sub": .string("tok_1"),
            "client_id": .string("tok_1"), "scope": .string("jobs:read"), "iat": .integer(now.seconds - 100),
            "sid": .string("tok_1"), "org": .string("org_7"),
        ]
        for (name, value) in changes { answer[name] = value }
        return JSONValue.object(answer).serialized()
    }

    /// The document of the revocation feed that answers the question with this `since`, as of this moment.
    func revocations(
        _ names: [String], since: String, issuer: String = url, at now: Instant = .now
    ) throws -> [UInt8] {
        let revoked = names.map { (name: $0, value: JSONValue.integer(now.seconds)) }
        let claims: JSONObject = [
            "iss": .string(issuer), "iat": .integer(now.seconds), "since": .string(since), "cursor": .string("1.1"),
            "more": .bool(false), "retention": .integer(14_460), "revoked": .object(JSONObject(revoked)),
        ]
        let text = try key.token(type: "revocations+jwt", claims: JSONValue.object(claims).serialized())
        return Array(text.utf8)
    }
}
