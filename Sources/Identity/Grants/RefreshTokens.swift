import Database
package import JOSE
import Metrics

/// Refreshing: one token in, its successor out, once.
package struct RefreshTokens: Sendable {
    let database: Database
    let keys: PurposeKeys
    let grants: Grants
    let audit: AuditTrail
    let metrics: IdentityMetrics

    /// A request to refresh (RFC 6749 §6).
    package struct Request: Sendable {
        package var token: String
        package var client: ClientPresence
        /// Fewer scopes than granted, for this access token only.
        package var scopes: ScopeSet?
        /// The resource server (RFC 8707 §2.2); it must be the one of the grant.
        package var resource: String?
        package var idempotencyKey: String?

        package init(token: String, client: ClientPresence) {
            self.token = token
            self.client = client
        }
    }

    /// Rotates. Exactly one of any number of callers with the same token gets its successor; a spent token ends the
    /// grant, unless it is the same call repeated.
    package func refresh(
        _ request: Request, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<TokenSet, RefreshRefusal> {
        guard let token = RefreshToken(request.token) else { return metrics.refresh.counted(.failure(.unknown)) }
        let idempotencyKey = request.idempotencyKey.map { SHA256.hash(Array($0.utf8)) }
        let call = RefreshRequest(
            generation: token.generation, client: request.client, idempotencyKey: idempotencyKey,
            scopes: request.scopes, resource: request.resource, address: origin.address)
        // Signing takes longer than all else in a rotation, and needs nothing of the disk: it goes on beside the commit.
        let (outcome, answer) = try await database.write { transaction -> Result<Outcome, RefreshRefusal> in
            try rotate(token, call, in: transaction, at: now, from: origin)
        } whileCommitting: { outcome -> Result<TokenSet, RefreshRefusal> in
            try grants.tokens(of: outcome.map(\.issued), scopes: request.scopes, at: now)
        }
        count(outcome)
        return answer
    }

    /// What a refresh has come to, in the database.
    private struct Outcome: Sendable {
        let refresh: Refresh
        let issued: Grants.Issued
    }

    /// Once it is on disk.
    private func count(_ outcome: Result<Outcome, RefreshRefusal>) {
        switch outcome.map(\.refresh) {
        case .success(.rotated): metrics.rotations.increment()
        case .success(.repeated): metrics.repetitions.increment()
        case .failure(let refusal): metrics.refresh.count(refusal)
        }
    }

    private func rotate(
        _ token: RefreshToken, _ call: RefreshRequest, in transaction: Transaction,
        at now: Instant, from origin: RequestOrigin
    ) throws -> Result<Outcome, RefreshRefusal> {
        guard let (found, standing) = try Grant.findWithStanding(token.grant, grants.resourceServers, in: transaction),
            token.isGenuine(found, key: keys.refresh)
        else { return .failure(.unknown) }
        var grant = found
        let before = grant.generation
        let refresh = grant.refresh(call, standing: standing, issuer: grants.issuer, at: now)
        switch refresh {
        case .success(.rotated):
            try grant.saveRotation(from: before, in: transaction)
        case .success(.repeated):
            try audit.record(AuditEvent(.refreshTokenRepeated, of: grant), in: transaction, at: now, from: origin)
        case .failure(.reused):
            _ = try grants.end(&grant, .reuse, in: transaction, at: now, from: origin)
            let detail = ["presented": String(token.generation), "current": String(before)]
            try audit.record(
                AuditEvent(.refreshTokenReuse, of: grant, detail: detail), in: transaction, at: now, from: origin)
            return .failure(.reused)
        case .failure(let refusal):
            return .failure(refusal)
        }
        let issued = Grants.Issued(grant: grant, client: standing.client.identifier)
        return refresh.map { Outcome(refresh: $0, issued: issued) }
    }

    /// The grant a refresh token stands for, without using it: for revocation and introspection. Nil when its code does
    /// not fit.
    package func inspect(_ text: String) async throws -> (token: RefreshToken, grant: Grant)? {
        guard let token = RefreshToken(text) else { return nil }
        let grant = try await database.read { try Grant.find(token.grant, in: $0) }
        guard let grant, token.isGenuine(grant, key: keys.refresh) else { return nil }
        return (token, grant)
    }
}
