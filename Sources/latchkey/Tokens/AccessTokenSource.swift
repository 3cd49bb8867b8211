import JOSE
import LatchkeyVerifier

/// Gives a credential whose access token will still be accepted when it arrives, refreshing when it must. Any number
/// of processes may ask at once: one refreshes, the others wait for the lock and find the work done.
struct AccessTokenSource: Sendable {
    let file: CredentialsFile
    let server: IdentityServer

    private var issuer: Issuer { server.issuer }

    /// - Parameter refused: an access token that the server did not accept although it has not expired.
    /// - Returns: a credential that has tokens.
    func credential(replacing refused: String? = nil) async throws -> (
        credential: Credential, tokens: Credential.Tokens
    ) {
        let (credential, tokens) = try known(in: file.read())
        if isGood(tokens, refused) { return (credential, tokens) }
        return try await file.locked { held in
            let credentials = try held.read()
            let (credential, tokens) = try known(in: credentials)
            if isGood(tokens, refused) { return (credential, tokens) }
            return try await refresh(credential, tokens, among: credentials, held)
        }
    }

    private func isGood(_ tokens: Credential.Tokens, _ refused: String?) -> Bool {
        tokens.isUsable(at: .now) && tokens.accessToken != refused
    }

    private func known(in credentials: Credentials) throws -> (Credential, Credential.Tokens) {
        guard let credential = credentials[issuer] else { throw CommandFailure.notLoggedIn(issuer) }
        guard let tokens = credential.tokens else { throw CommandFailure.loginEnded(issuer, credential.account) }
        return (credential, tokens)
    }

    private func refresh(
        _ credential: Credential, _ tokens: Credential.Tokens, among credentials: Credentials,
        _ held: CredentialsFile.Held
    ) async throws -> (credential: Credential, tokens: Credential.Tokens) {
        var (credential, tokens, credentials) = (credential, tokens, credentials)
        let key = tokens.pendingRefresh ?? Base64URL.encode(RandomSource.system.bytes(18))
        if tokens.pendingRefresh == nil {
            tokens.pendingRefresh = key
            credential.tokens = tokens
            credentials[issuer] = credential
            try held.write(credentials)
        }
        switch try await server.refreshRepeatedly(tokens.refreshToken, idempotencyKey: key) {
        case .success(let issued):
            let renewed = Credential.Tokens(issued, at: .now)
            credential.tokens = renewed
            credentials[issuer] = credential
            try held.write(credentials)
            return (credential, renewed)
        case .failure(let refusal) where refusal.code == "invalid_grant":
            // The tokens are dead; whose they were stays, so that the next command can say it.
            credential.tokens = nil
            credentials[issuer] = credential
            try held.write(credentials)
            throw CommandFailure.loginEnded(issuer, credential.account)
        case .failure(let refusal): throw CommandFailure(refusal)
        }
    }
}

extension CommandFailure {
    static func notLoggedIn(_ issuer: Issuer) -> CommandFailure {
        CommandFailure(
            .refused, code: "not_logged_in", "You are not logged in at \(issuer).",
            next: "Log in with: latchkey login --issuer \(issuer)")
    }

    static func loginEnded(_ issuer: Issuer, _ account: Credential.Account?) -> CommandFailure {
        let who = account.map { " as \($0.email)" } ?? ""
        return CommandFailure(
            .refused, code: "login_ended",
            "Your login at \(issuer)\(who) has ended: it was signed out, expired, or replaced.",
            next: "Log in again with: latchkey login --issuer \(issuer)")
    }
}
