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

// An API token, by introspection; the issuer is played here too.
let apiToken = "lk_live_0000000000100000000000000000000000000000000000000000002mv4Qi"
let answer =
    #"{"active":true,"token_type":"Bearer","iss":"https://id.example.com","sub":"tok_1","client_id":"tok_1","#
    + #""scope":"jobs:read","iat":1800000000,"sid":"tok_1","org":"org_1","resources":{"projects":["prj_1"]}}"#
let asking = TokenVerifier(
    issuer: "https://id.example.com", audience: "https://api.example.com",
    algorithms: [.es256], keys: .remote(fetch), introspection: .single { _ in Array(answer.utf8) })
let machine = try await asking.verify(apiToken, at: .now)
try machine.require("jobs:read")
guard machine.allows("projects", "prj_1"), !machine.allows("projects", "prj_2") else {
    fatalError("a restriction was not kept")
}

// What an API needs besides, whatever it is built on.
let ledger = RateLimitLedger()
let calls = (0..<2).map { _ in
    ledger.spend(machine.grantID ?? machine.tokenID, machine.planLimit ?? RateLimit(1), at: now).isGranted
}
guard calls == [true, false], RequestIDs().name(keeping: "trace-1") == "trace-1" else {
    fatalError("a limit or a name was not kept")
}
