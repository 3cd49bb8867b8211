import JOSE

extension AccessTokenSource {
    /// Makes a call with an access token. When the server answers 401 although the token has not expired, the login is
    /// refreshed and the call made once more; if the login is over, that says so.
    func calling(
        _ call: (String) async throws -> ServerAnswer
    ) async throws -> (answer: ServerAnswer, tokens: Credential.Tokens) {
        let (_, tokens) = try await credential()
        let answer = try await call(tokens.accessToken)
        guard answer.status == 401 else { return (answer, tokens) }
        let (_, renewed) = try await credential(replacing: tokens.accessToken)
        let second = try await call(renewed.accessToken)
        if second.status == 401, renewed.areForAnother(than: server.issuer) {
            throw CommandFailure.forAnotherAPI(server.issuer)
        }
        return (second, renewed)
    }
}

extension Credential.Tokens {
    /// Whether the access token says that it is for others than its issuer. Nothing is verified: it is our own token, and
    /// this is only for saying why it was refused.
    fileprivate func areForAnother(than issuer: Issuer) -> Bool {
        let parts = accessToken.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Base64URL.decode(parts[1]),
            case .object(let claims)? = try? JSONValue.parse(payload)
        else { return false }
        let audience = claims["aud"]?.string.map { [$0] } ?? claims["aud"]?.strings ?? []
        return !audience.isEmpty && !audience.contains(issuer.description)
    }
}

extension CommandFailure {
    /// The login was made with `--resource`.
    static func forAnotherAPI(_ issuer: Issuer) -> CommandFailure {
        CommandFailure(
            .refused, code: "invalid_token", "Your login at \(issuer) is for another API: it was made with --resource.",
            next: "Log in again without --resource: latchkey login --issuer \(issuer)")
    }
}
