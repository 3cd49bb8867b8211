import Hummingbird
import Identity
import JOSE

extension Response {
    /// A successful token answer (RFC 6749 §5.1).
    static func tokens(_ tokens: TokenSet) -> Response {
        var json = JSONWriter()
        json.beginObject()
        json.member("access_token", tokens.accessToken)
        json.member("token_type", "Bearer")
        json.member("expires_in", tokens.expiresIn.components.seconds)
        json.member("refresh_token", tokens.refreshToken)
        json.member("scope", tokens.scopes.description)
        json.endObject()
        return .json(json.bytes)
    }
}
