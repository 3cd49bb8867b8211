import Database
package import JOSE

/// The device flow (RFC 8628): a device asks, a person decides in a browser, the device collects its tokens.
package struct DeviceFlow: Sendable {
    let database: Database
    let random: RandomSource
    let keys: PurposeKeys
    let grants: Grants
    let audit: AuditTrail
    let refusals: RefusalCounters<DeviceFlowRefusal>
    let paces = PollPaces()

    /// What a device code begins with.
    static let deviceCodePrefix = "lkd_"

    /// A request for codes (RFC 8628 §3.1).
    package struct Request: Sendable {
        package let client: Client
        package let scopes: ScopeSet?
        package let resource: String?
        package let organization: String?

        package init(client: Client, scopes: ScopeSet?, resource: String?, organization: String?) {
            self.client = client
            self.scopes = scopes
            self.resource = resource
            self.organization = organization
        }
    }

    /// The codes (RFC 8628 §3.2).
    package struct Codes: Sendable {
        package let deviceCode: String
        package let userCode: UserCode
        package let expiresIn: Duration
        package let interval: Duration
    }

    package func authorize(
        _ request: Request, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<Codes, ScopeRefusal> {
        let deviceCode = OneTimeSecret(prefix: Self.deviceCodePrefix, random: random)
        let audience = request.resource == grants.issuer ? nil : request.resource
        return try await database.write { transaction in
            let catalog = try grants.resourceServers.catalog(in: transaction)
            let scopes: ScopeSet
            switch request.client.requestedScopes(request.scopes, audience: audience, catalog: catalog) {
            case .success(let allowed): scopes = allowed
            case .failure(let refusal): return .failure(refusal)
            }
            for _ in 0..<8 {
                let userCode = UserCode(random: random)
                let authorization = DeviceAuthorization(
                    id: .init(at: now, random: random), client: request.client.id, scopes: scopes, audience: audience,
                    organizationSlug: request.organization, address: origin.address, agent: origin.agent,
                    createdAt: now, expiresAt: now + DeviceAuthorization.lifetime)
                guard
                    try authorization.insert(
                        deviceCode: deviceCode, userCode: userCode, key: keys.codes, in: transaction)
                else { continue }
                let event = AuditEvent(
                    .deviceAuthorizationRequested, client: request.client.id,
                    detail: [
                        "device_authorization": authorization.id.description, "scope": scopes.description,
                    ].changing(to: authorization.state.rawValue))
                try audit.record(event, in: transaction, at: now, from: origin)
                return .success(
                    Codes(
                        deviceCode: deviceCode.text, userCode: userCode, expiresIn: DeviceAuthorization.lifetime,
                        interval: PollPace.base))
            }
            throw DatabaseFailure.unavailable("no free user code in eight draws")
        }
    }

    /// A poll of the device (RFC 8628 §3.4). Approved codes are redeemed once, whoever races.
    package func redeem(
        _ presented: String, by client: ClientPresence, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<TokenSet, DeviceFlowRefusal> {
        refusals.counted(try await answer(presented, by: client, at: now, from: origin))
    }

    private func answer(
        _ presented: String, by client: ClientPresence, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<TokenSet, DeviceFlowRefusal> {
        guard let deviceCode = OneTimeSecret(presented, prefix: Self.deviceCodePrefix) else {
            return .failure(.unknown)
        }
        let found = try await database.read { try DeviceAuthorization.find(deviceCode: deviceCode, in: $0) }
        guard let found else { return .failure(.unknown) }
        if case .failure(let refusal) = found.authorization.poll(by: client, owner: found.client, at: now) {
            guard refusal == .authorizationPending else { return .failure(refusal) }
            return .failure(paces.accept(found.authorization.id, at: now) ? refusal : .slowDown)
        }
        let outcome = try await database.write { transaction in
            try issue(deviceCode, to: client, in: transaction, at: now, from: origin)
        }
        if case .success = outcome { paces.forget(found.authorization.id) }
        return try grants.tokens(of: outcome, at: now)
    }

    private func issue(
        _ deviceCode: OneTimeSecret, to presence: ClientPresence, in transaction: Transaction, at now: Instant,
        from origin: RequestOrigin
    ) throws -> Result<Grants.Issued, DeviceFlowRefusal> {
        guard let (found, client) = try DeviceAuthorization.find(deviceCode: deviceCode, in: transaction) else {
            return .failure(.unknown)
        }
        var authorization = found
        let approval: DeviceAuthorization.Approval
        switch authorization.poll(by: presence, owner: client, at: now) {
        case .success(let given): approval = given
        case .failure(let refusal): return .failure(refusal)
        }
        authorization.redeem()
        guard try authorization.saveState(after: .approved, in: transaction) else { return .failure(.redeemed) }
        let permission = Grants.Permission(
            user: approval.user, client: client, organization: approval.organization, scopes: authorization.scopes,
            audience: authorization.audience, authTime: approval.authTime, amr: approval.amr)
        return try grants.issue(permission, in: transaction, at: now, from: origin)
            .mapError(DeviceFlowRefusal.standing)
    }
}
