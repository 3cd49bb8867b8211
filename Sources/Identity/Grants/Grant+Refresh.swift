import JOSE

/// Why a refresh token is refused. On the wire all are `invalid_grant` (RFC 6749 §5.2).
package enum RefreshRefusal: Error, Hashable, Sendable {
    /// Not a refresh token, or none of ours: its code does not fit.
    case unknown
    /// Issued to another client.
    case otherClient
    /// Issued to a confidential client, which did not authenticate. On the wire `invalid_client`.
    case clientUnproven
    /// The client is not registered for this grant type. On the wire `unauthorized_client`.
    case grantTypeNotAllowed
    /// The grant was ended.
    case revoked
    /// Idle for too long, or a year old.
    case expired
    /// Presented a second time. The whole grant is over from now on.
    case reused
    /// A grant is bound to one resource server (RFC 8707 §2.2).
    case otherResource
    /// More scopes than were granted (RFC 6749 §6).
    case scopeNotGranted(String)
    case standing(StandingRefusal)
}

/// What a refresh did to the grant.
enum Refresh: Hashable, Sendable {
    /// The next generation has begun.
    case rotated
    /// A lost answer is given again: same generation, no second branch.
    case repeated
}

/// One call with a refresh token, as far as the rule needs it.
struct RefreshRequest: Sendable {
    /// The generation of the token presented. Its code has been checked.
    let generation: Int64
    let client: ClientPresence
    /// The digest of the `Idempotency-Key`.
    let idempotencyKey: [UInt8]?
    /// Fewer scopes than granted, for this access token only; nil: all.
    let scopes: ScopeSet?
    /// The resource server asked for (RFC 8707 §2.2); nil: that of the grant.
    let resource: String?
    let address: String
}

extension Grant {
    /// How long the answer to a refresh can be had again with the same `Idempotency-Key`.
    static let replayWindow = Duration.seconds(60)

    /// The rule of rotation (RFC 9700 §4.14.2): each generation is spent once; a spent one presented again means that
    /// two parties hold it, and ends the grant.
    ///
    /// A request that is refused for what it asks, not for the token it shows, leaves the token alive.
    mutating func refresh(
        _ request: RefreshRequest, standing: Standing, issuer: String, at now: Instant
    ) -> Result<Refresh, RefreshRefusal> {
        switch request.client.mismatch(with: standing.client) {
        case .otherClient: return .failure(.otherClient)
        case .proofNeeded: return .failure(.clientUnproven)
        case nil: break
        }
        guard standing.client.grantTypes.contains(.refreshToken) else { return .failure(.grantTypeNotAllowed) }
        guard revokedAt == nil else { return .failure(.revoked) }
        guard isAlive(at: now) else { return .failure(.expired) }
        guard request.generation <= generation else { return .failure(.unknown) }
        if request.generation < generation, !isRepetition(request, leeway: standing.client.refreshReuseLeeway, at: now)
        {
            revoke(.reuse, at: now)
            return .failure(.reused)
        }
        if let refusal = standing.refusal(for: scopes, audience: audience) { return .failure(.standing(refusal)) }
        if let resource = request.resource, resource != audience ?? issuer { return .failure(.otherResource) }
        if let excess = request.scopes?.subtracting(Set(scopes.names)).first {
            return .failure(.scopeNotGranted(excess))
        }
        guard request.generation == generation else { return .success(.repeated) }
        return rotate(request, at: now)
    }

    private mutating func rotate(_ request: RefreshRequest, at now: Instant) -> Result<Refresh, RefreshRefusal> {
        let (next, overflow) = generation.addingReportingOverflow(1)
        guard !overflow else { return .failure(.expired) }
        generation = next
        rotatedAt = now
        rotationKey = request.idempotencyKey
        lastUsedAt = now
        lastUsedAddress = request.address
        return .success(.rotated)
    }

    /// The generation just before, whose successor has not been used, in a call that shows it is the same caller: the
    /// same `Idempotency-Key` within a minute, or a client that is granted a leeway.
    private func isRepetition(_ request: RefreshRequest, leeway: Duration, at now: Instant) -> Bool {
        guard request.generation == generation - 1, let rotatedAt else { return false }
        let age = now - rotatedAt
        if let key = request.idempotencyKey, key == rotationKey, age <= Self.replayWindow { return true }
        return leeway > .zero && age <= leeway
    }
}
