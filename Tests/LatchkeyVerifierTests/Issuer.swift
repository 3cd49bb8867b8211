import LatchkeyVerifier
import Synchronization

/// An issuer with a key, that writes tokens good or bad.
struct Issuer {
    static let url = "https://id.example.com"
    static let audience = "https://api.example.com"
    /// The time at which everything here happens, unless a test says otherwise.
    static let now = Instant(seconds: 1_800_000_000)

    let key: SigningKey

    init(_ algorithm: SignatureAlgorithm = .es256) throws {
        key = try SigningKey.generate(algorithm)
    }

    /// A good token's claims.
    static let claims: JSONObject = [
        "iss": .string(url), "sub": .string("usr_1"), "aud": .string(audience), "client_id": .string("latchkey-cli"),
        "exp": .integer(now.seconds + 14_400), "iat": .integer(now.seconds), "jti": .string("jti-1"),
        "scope": .string("jobs:read jobs:write"), "auth_time": .integer(now.seconds - 60),
        "amr": .array([.string("email")]), "sid": .string("grt_1"), "org": .string("org_1"),
    ]

    /// A token whose claims differ from the good ones; `nil` takes a claim away.
    func token(type: String = "at+jwt", _ changes: KeyValuePairs<String, JSONValue?> = [:]) throws -> String {
        var claims = Self.claims
        for (name, value) in changes { claims[name] = value }
        return try key.token(type: type, claims: JSONValue.object(claims).serialized())
    }

    /// A token with this header and the good claims.
    func token(header: String) throws -> String {
        let claims = JSONValue.object(Self.claims).serialized()
        let input = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(claims)
        return input + "." + Base64URL.encode(try key.sign(Array(input.utf8)))
    }

    var keySet: JSONWebKeySet { JSONWebKeySet([key.publicKey]) }

    /// A verifier that holds this issuer's key.
    var verifier: TokenVerifier {
        TokenVerifier(issuer: Self.url, audience: Self.audience, algorithms: [key.algorithm], keys: .fixed(keySet))
    }
}

/// A `jwks_uri`: what it serves can be changed, it counts how often it was asked, and can be made to hold its answers.
final class KeyServer: Sendable {
    struct Unreachable: Error {}

    private struct State {
        var response: KeySetResponse?
        var fetches = 0
        var isHolding = false
        var held: [CheckedContinuation<Void, Never>] = []
        var expectations: [(Int, CheckedContinuation<Void, Never>)] = []
    }

    private let state: Mutex<State>

    init(_ keys: JSONWebKeySet?, maxAge: Duration = .seconds(600)) {
        state = Mutex(State(response: keys.map { KeySetResponse(body: $0.serialized(), maxAge: maxAge) }))
    }

    var fetches: Int { state.withLock(\.fetches) }

    func serve(_ keys: JSONWebKeySet?, maxAge: Duration = .seconds(600)) {
        serve(body: keys?.serialized(), maxAge: maxAge)
    }

    func serve(body: [UInt8]?, maxAge: Duration = .seconds(600)) {
        state.withLock { $0.response = body.map { KeySetResponse(body: $0, maxAge: maxAge) } }
    }

    func hold() {
        state.withLock { $0.isHolding = true }
    }

    func release() {
        let held = state.withLock { state in
            state.isHolding = false
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    /// Returns once it has been asked `count` times.
    func asked(times count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.fetches >= count { return true }
                state.expectations.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    func fetch() async throws -> KeySetResponse {
        let ready = state.withLock { state in
            state.fetches += 1
            defer { state.expectations.removeAll { $0.0 <= state.fetches } }
            return state.expectations.filter { $0.0 <= state.fetches }
        }
        for (_, continuation) in ready { continuation.resume() }
        await withCheckedContinuation { continuation in
            let isHolding = state.withLock { state in
                if state.isHolding { state.held.append(continuation) }
                return state.isHolding
            }
            if !isHolding { continuation.resume() }
        }
        guard let response = state.withLock(\.response) else { throw Unreachable() }
        return response
    }

    var verifier: TokenVerifier {
        TokenVerifier(
            issuer: Issuer.url, audience: Issuer.audience, algorithms: [.es256],
            keys: .remote { try await self.fetch() })
    }
}
