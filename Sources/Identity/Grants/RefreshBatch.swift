import Database
import JOSE

/// A refresh token presented: when, whence, and what was asked with it.
struct RefreshCall: Sendable {
    let token: RefreshToken
    /// The key of the token's code.
    let key: PurposeKey
    let now: Instant
    let origin: RequestOrigin
    let request: RefreshRequest
}

/// The refreshes of one transaction. Their grants are loaded at once, the rule is applied to one call after the other,
/// and what was rotated is saved at once. Calls with tokens of the same grant meet the same value, in their order.
struct RefreshBatch {
    typealias Outcome = Result<Refreshed, RefreshRefusal>

    /// What a refresh came to, and what its tokens are made of.
    struct Refreshed: Sendable {
        let refresh: Refresh
        let issued: Grants.Issued
    }

    private let grants: Grants
    private let transaction: Transaction
    private var found: [Grant.ID: (grant: Grant, standing: Standing)]
    /// The generations, as they are stored, of grants that were rotated and are not saved yet.
    private var unsaved: [Grant.ID: Int64] = [:]

    init(_ ids: [Grant.ID], of grants: Grants, in transaction: Transaction) throws {
        self.grants = grants
        self.transaction = transaction
        found = try Grant.findWithStanding(ids, grants.resourceServers, in: transaction)
    }

    /// Applies the rule to one call. A rotation is not in the database before `save`.
    mutating func perform(_ call: RefreshCall) throws -> Outcome {
        guard let (known, standing) = found[call.token.grant], call.token.isGenuine(known, key: call.key)
        else { return .failure(.unknown) }
        var grant = known
        let result = grant.refresh(call.request, standing: standing, issuer: grants.issuer, at: call.now)
        found[grant.id]?.grant = grant
        switch result {
        case .success(.rotated):
            unsaved[grant.id] = unsaved[grant.id] ?? known.generation
        case .success(.repeated):
            try record(AuditEvent(.refreshTokenRepeated, of: grant), call)
        case .failure(.reused):
            try end(grant, call)
            return .failure(.reused)
        case .failure(let refusal):
            return .failure(refusal)
        }
        let issued = Grants.Issued(grant: grant, client: standing.client.identifier)
        return result.map { Refreshed(refresh: $0, issued: issued) }
    }

    /// Saves the rotations, in the order of the grants' ids: no two transactions wait for one another.
    mutating func save() throws {
        let rotated = unsaved.sorted { $0.key.rawValue < $1.key.rawValue }.compactMap { id, generation in
            found[id].map { Grant.Rotation(grant: $0.grant, from: generation) }
        }
        try Grant.save(rotated, in: transaction)
        unsaved = [:]
    }

    /// Two parties hold the token: the grant is over for both.
    private mutating func end(_ grant: Grant, _ call: RefreshCall) throws {
        // Only the rotation of a living grant is ever saved.
        try save()
        var grant = grant
        _ = try grant.end(.reuse, grants.audit, in: transaction, at: call.now, from: call.origin)
        let detail = ["presented": String(call.token.generation), "current": String(grant.generation)]
        try record(AuditEvent(.refreshTokenReuse, of: grant, detail: detail), call)
    }

    private func record(_ event: AuditEvent, _ call: RefreshCall) throws {
        try grants.audit.record(event, in: transaction, at: call.now, from: call.origin)
    }
}
