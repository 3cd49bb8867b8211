import Database
package import JOSE
import Metrics

/// Refreshing: one token in, its successor out, once.
package struct RefreshTokens: Sendable {
    let database: Database
    let keys: PurposeKeys
    let grants: Grants
    let metrics: IdentityMetrics
    private let refreshes: JointWrites<RefreshCall, RefreshBatch.Outcome>

    init(database: Database, keys: PurposeKeys, grants: Grants, metrics: IdentityMetrics) {
        self.database = database
        self.keys = keys
        self.grants = grants
        self.metrics = metrics
        refreshes = database.jointWrites { calls, transaction in
            var batch = try RefreshBatch(calls.map(\.token.grant), of: grants, in: transaction)
            let outcomes = try calls.map { try batch.perform($0) }
            try batch.save()
            return outcomes
        }
    }

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
        let call = RefreshCall(
            token: token, key: keys.refresh, now: now, origin: origin,
            request: RefreshRequest(
                generation: token.generation, client: request.client, idempotencyKey: idempotencyKey,
                scopes: request.scopes, resource: request.resource, address: origin.address))
        // Signing takes longer than all else in a rotation, and needs nothing of the disk: it goes on beside the commit,
        // or beside the next transaction.
        let (outcome, answer) = try await refreshes.write(call, about: token.grant.rawValue) { outcome in
            (outcome, try grants.tokens(of: outcome.map(\.issued), scopes: request.scopes, at: now))
        }
        count(outcome)
        return answer
    }

    /// Once it is on disk.
    private func count(_ outcome: RefreshBatch.Outcome) {
        switch outcome.map(\.refresh) {
        case .success(.rotated): metrics.rotations.increment()
        case .success(.repeated): metrics.repetitions.increment()
        case .failure(let refusal): metrics.refresh.count(refusal)
        }
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
