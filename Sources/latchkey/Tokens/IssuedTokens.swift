import JOSE

/// The tokens of one answer (RFC 6749 §5.1).
struct IssuedTokens: Hashable, Sendable {
    let accessToken: String
    let refreshToken: String
    let expiresIn: Duration
    let scope: String
}

extension IssuedTokens {
    /// Nil when a required member is missing or the token is of a type this client cannot present.
    init?(_ json: JSONObject) {
        guard let accessToken = json["access_token"]?.string, let refreshToken = json["refresh_token"]?.string,
            let expiresIn = json["expires_in"]?.integer, expiresIn > 0,
            json["token_type"]?.string?.lowercased() == "bearer"
        else { return nil }
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.expiresIn = .seconds(min(expiresIn, 366 * 86_400))
        scope = json["scope"]?.string ?? ""
    }
}
