import Database
package import JOSE

/// The API tokens of organizations: made, listed, renamed, rotated, revoked.
package struct APITokens: Sendable {
    let database: Database
    let random: RandomSource
    let keys: PurposeKeys
    let audit: AuditTrail
    let resourceServers: ResourceServers
    let logins: Logins
    /// What each plan allows.
    package let plans: PlanCatalog
    package let uses: APITokenUses

    /// The login that asks. It acts in its own organization and in no other: there is nothing in a request by which
    /// another could be named.
    package struct Actor: Sendable {
        let login: Login
        let user: User.ID
        let organization: Organization.ID
        /// What its access token may do, which may be less than its grant. Nil: a person at our own pages, who may let
        /// any app do anything, and so a token too.
        let scopes: ScopeSet?
        let grant: Grant.ID?
        let client: Client.ID?
        let stepUp: StepUp?

        package init(_ active: Grants.Active) {
            login = active.login
            user = active.user.id
            organization = active.grant.organization
            scopes = active.scopes
            grant = active.grant.id
            client = active.grant.client
            stepUp = active.grant.stepUp
        }

        /// A person in a browser that is signed in, and the second factor that was last shown in it.
        package init(_ viewer: Sessions.Authenticated, in organization: Organization.ID, stepUp: StepUp? = nil) {
            (login, user) = (viewer.login, viewer.user.id)
            (self.organization, self.stepUp) = (organization, stepUp)
            (scopes, grant, client) = (nil, nil, nil)
        }

        /// What it may give on, of the scopes that there are.
        func held(of known: Set<String>) -> ScopeSet { scopes ?? ScopeSet(distinct: known.sorted()) }
    }

    /// A token with what is only known now: its secret, shown once.
    package struct Given: Sendable {
        package let listed: Listed
        /// The wire form.
        package let secret: String
    }

    /// A token, and what was done with it.
    package struct Listed: Sendable {
        package let token: APIToken
        /// Of its organization's plan.
        package let terms: PlanTerms
        /// The name of who made it, who may have left since.
        package let makerName: String
        package let lastUsedAt: Instant?
        /// Calls in the present billing period.
        package let calls: Int64
    }

    /// Makes a token, which takes a step-up. It belongs to the organization: it stays when its maker leaves. The step-up
    /// is asked about last, so that nobody shows a second factor for what is refused all the same.
    package func mint(
        _ minting: Minting, by actor: Actor, at now: Instant, from origin: RequestOrigin,
        recording: Recording<Given> = .none
    ) async throws -> Result<Given, APITokenRefusal> {
        try await database.write { transaction in
            try logins.require(actor.login, of: actor.organization, in: transaction, at: now)
            let membership: Membership
            switch try allowed(.mintTokens, actor, in: transaction) {
            case .success(let own): membership = own
            case .failure(let refusal): return .failure(refusal)
            }
            let known = try resourceServers.catalog(in: transaction).names(audience: nil) ?? []
            let terms = plans[membership.organization.plan]
            switch minting.scopes(on: terms, held: actor.held(of: known), known: known) {
            case .failure(let refusal): return .failure(refusal)
            case .success(let scopes):
                guard
                    try APIToken.livingCount(of: actor.organization, in: transaction) < APIToken.maximumCount
                else { return .failure(.tooMany) }
                guard actor.stepUp.isProven(at: now) else { return .failure(.stepUpRequired) }
                let (token, secret) = try insert(minting, scopes, actor, in: transaction, at: now)
                try audit.record(
                    actor.event(.apiTokenIssued, of: token, token.issueDetail), in: transaction, at: now, from: origin)
                let listed = try Listed.of(token, terms, in: transaction, at: now)
                let given = Given(listed: listed, secret: secret.text)
                try recording.record(given, in: transaction)
                return .success(given)
            }
        }
    }

    private func insert(
        _ minting: Minting, _ scopes: ScopeSet, _ actor: Actor, in transaction: Transaction, at now: Instant
    ) throws -> (APIToken, APITokenSecret) {
        var made: (APIToken, APITokenSecret)?
        _ = try transaction.insert(APIToken.self, at: now, random: random) { id in
            let secret = APITokenSecret(of: id, random: random)
            let token = APIToken(
                id: id, organization: actor.organization, label: minting.label, access: minting.access, scopes: scopes,
                resources: minting.resources, code: secret.code(keys.apiTokens), lastFour: secret.lastFour,
                createdBy: actor.user, createdAt: now, expiresAt: minting.lifetime.map { now + $0 })
            made = (token, secret)
            return try token.insert(in: transaction)
        }
        guard let made else { throw DatabaseFailure.misuse("an API token was inserted without being made") }
        return made
    }

    /// Whether the actor's role lets them do something in their organization, as it is now.
    func allowed(
        _ action: OrganizationAction, _ actor: Actor, in transaction: Transaction
    ) throws -> Result<Membership, APITokenRefusal> {
        guard let own = try Membership.find(actor.user, in: actor.organization, transaction) else {
            return .failure(.unknown)
        }
        return own.role.may(action) ? .success(own) : .failure(.notAllowed(action))
    }
}

extension APITokens.Actor {
    /// An event about a token of the actor's organization.
    func event(_ kind: AuditEvent.Kind, of token: APIToken, _ detail: [String: String] = [:]) -> AuditEvent {
        AuditEvent(
            kind, organization: organization, user: user, by: login, client: client,
            detail: detail.merging(["token": token.id.description]) { own, _ in own })
    }
}

extension APIToken {
    fileprivate var issueDetail: [String: String] {
        var detail = [
            "after.access": access.rawValue, "after.label": label, "after.scope": scopes.description,
        ]
        detail["after.resources"] = resources?.text
        detail["after.expires_at"] = expiresAt?.iso8601
        return detail
    }
}
