import FoundationEssentials
import JOSE
import JWTKit

/// The claims of an access token as Latchkey makes them (RFC 9068), with a handful of scopes.
struct Claims: JWTPayload {
    var iss = "https://id.example.com"
    var sub = "usr_01jd4k2m8x7qa"
    var aud = "https://api.example.com"
    var clientID = "latchkey-cli"
    var exp: Int64
    var iat: Int64
    var jti = "9yHk3G2mQ0r1cXwzq0V4ZQ"
    var scope = "jobs:read jobs:write estimates:read estimates:write invoices:read"
    var authTime: Int64
    var amr = ["email"]
    var sid = "grt_01jd4k2m8x7qb"
    var org = "org_01jd4k2m8x7qc"

    enum CodingKeys: String, CodingKey {
        case iss, sub, aud, exp, iat, jti, scope, amr, sid, org
        case clientID = "client_id"
        case authTime = "auth_time"
    }

    init(at now: Instant) {
        (iat, authTime, exp) = (now.seconds, now.seconds, now.seconds + 14_400)
    }

    /// What jwt-kit leaves to its user.
    func verify(using algorithm: some JWTAlgorithm) throws {
        try ExpirationClaim(value: .init(timeIntervalSince1970: Double(exp))).verifyNotExpired()
    }

    /// The same claims written by Latchkey's own writer.
    var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("iss", iss)
        json.member("sub", sub)
        json.member("aud", aud)
        json.member("client_id", clientID)
        json.member("exp", exp)
        json.member("iat", iat)
        json.member("jti", jti)
        json.member("scope", scope)
        json.member("auth_time", authTime)
        json.member("amr", amr)
        json.member("sid", sid)
        json.member("org", org)
        json.endObject()
        return json.bytes
    }
}
