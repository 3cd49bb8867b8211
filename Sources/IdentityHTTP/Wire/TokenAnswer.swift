import Hummingbird
import Identity
import JOSE

extension Response {
    /// A successful token answer (RFC 6749 §5.1).
    static func tokens(_ tokens: TokenSet) -> Response { .json(tokens.json) }
}

extension TokenSet {
    var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("access_token", accessToken)
        json.member("token_type", "Bearer")
        json.member("expires_in", expiresIn.components.seconds)
        json.member("refresh_token", refreshToken)
        json.member("scope", scopes.description)
        json.endObject()
        return json.bytes
    }
}
