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
        return (try await call(renewed.accessToken), renewed)
    }
}
