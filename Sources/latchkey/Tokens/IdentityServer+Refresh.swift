import JOSE

extension IdentityServer {
    /// Rotates the refresh token. An answer that does not come is asked for once more under the same key: the server
    /// gives the same successor again.
    func refreshRepeatedly(
        _ refreshToken: String, idempotencyKey: String
    ) async throws -> Result<IssuedTokens, ServerRefusal> {
        do {
            return try await refresh(refreshToken, idempotencyKey: idempotencyKey)
        } catch let failure as CommandFailure where failure.code == "out_of_reach" {
            return try await refresh(refreshToken, idempotencyKey: idempotencyKey)
        }
    }

    private func refresh(
        _ refreshToken: String, idempotencyKey: String
    ) async throws -> Result<IssuedTokens, ServerRefusal> {
        let answer = try await call(
            .post, "/api/v1/auth/refresh", ["refresh_token": .string(refreshToken)],
            idempotencyKey: idempotencyKey)
        return try answer.tokens(from: issuer)
    }
}

extension ServerAnswer {
    /// The tokens of a success, or the refusal.
    func tokens(from issuer: Issuer) throws -> Result<IssuedTokens, ServerRefusal> {
        if let refusal { return .failure(refusal) }
        guard let tokens = IssuedTokens(body) else {
            throw CommandFailure.notLatchkey(issuer, "a token answer without its required members")
        }
        return .success(tokens)
    }
}
