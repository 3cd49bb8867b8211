extension IdentityServer {
    /// Gives a refresh token of this command line back: its login is over (RFC 7009 §2.1).
    /// - Throws: `CommandFailure` when the server is out of reach or refuses.
    func revoke(_ refreshToken: String) async throws {
        let answer = try await submit("/oauth/revoke", [("client_id", "latchkey-cli"), ("token", refreshToken)])
        if let refusal = answer.refusal { throw CommandFailure(refusal) }
    }
}
