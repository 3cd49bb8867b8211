import LatchkeyVerifier

// The issuer, played here: a key, and a token for it to sign.
let key = try SigningKey.generate(.es256)
let now = Instant.now
var claims = JSONWriter()
claims.beginObject()
claims.member("iss", "https://id.example.com")
claims.member("sub", "usr_1")
claims.member("aud", "https://api.example.com")
claims.member("client_id", "latchkey-cli")
claims.member("iat", now.seconds)
claims.member("exp", now.seconds + 60)
claims.member("jti", "1")
claims.member("scope", "jobs:read")
claims.endObject()
let bearer = try key.token(type: "at+jwt", claims: claims.bytes)
let keySet = JSONWebKeySet([key.publicKey]).serialized()

// The resource server, as the README has it.
let fetch: @Sendable () async throws -> KeySetResponse = {
    KeySetResponse(body: keySet, cacheControl: "public, max-age=300")
}
let verifier = TokenVerifier(
    issuer: "https://id.example.com", audience: "https://api.example.com",
    algorithms: [.es256], keys: .remote(fetch))
let token = try await verifier.verify(bearer, at: .now)
try token.require("jobs:read")
do {
    try token.require("jobs:write")
    fatalError("a scope that was never granted was found")
} catch {
    print("\(token.subject) may read, and is told: \(error.message)")
}
