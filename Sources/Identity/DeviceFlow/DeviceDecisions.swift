import Database
package import JOSE

/// The person's side of the device flow (RFC 8628 §3.3): open the code, see who asks, decide.
package struct DeviceDecisions: Sendable {
    let database: Database
    let keys: PurposeKeys
    let audit: AuditTrail
    let resourceServers: ResourceServers
    let logins: Logins
    let refusals: RefusalCounters<DeviceDecisionRefusal>

    /// What the person is shown before deciding.
    package struct Opened: Sendable {
        package let authorization: DeviceAuthorization
        package let client: Client
        package let catalog: ScopeCatalog
        /// Where the person may let the device in: all their organizations, or the one that the device asked for.
        package let memberships: [Membership]
    }

    /// Opens a code for a session, and so takes it from every other.
    package func open(
        _ userCode: UserCode?, by viewer: Sessions.Authenticated, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<Opened, DeviceDecisionRefusal> {
        try await database.write(counting: refusals) { transaction in
            guard var session = try Session.find(viewer.session.id, in: transaction) else { return .failure(.unknown) }
            guard !session.isLockedOut(at: now) else { return .failure(.lockedOut) }
            guard var authorization = try find(userCode, in: transaction), now < authorization.expiresAt,
                let client = try Client.find(authorization.client, in: transaction)
            else { return .failure(try miss(&session, in: transaction, at: now, from: origin)) }
            if let refusal = authorization.open(by: session.id, at: now) { return .failure(refusal) }
            guard try authorization.saveOpening(in: transaction) else { return .failure(.openedElsewhere) }
            let memberships = try Membership.all(of: viewer.user.id, in: transaction)
            return .success(
                Opened(
                    authorization: authorization, client: client, catalog: try resourceServers.catalog(in: transaction),
                    memberships: authorization.eligible(memberships)))
        }
    }

    /// Lets the device in, to act in one organization of this person.
    ///
    /// - Parameter stepUp: the one of this browser. Needed where the client demands it.
    package func approve(
        _ userCode: UserCode?, organization: Organization.ID, by viewer: Sessions.Authenticated,
        stepUp: StepUp? = nil, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<(client: Client, organization: Organization), DeviceDecisionRefusal> {
        try await database.write(counting: refusals) { transaction in
            try logins.require(viewer.login, in: transaction, at: now)
            guard var authorization = try find(userCode, in: transaction),
                let client = try Client.find(authorization.client, in: transaction)
            else { return .failure(.unknown) }
            let approval = DeviceAuthorization.Approval(
                viewer, organization, stepUp: client.stepUp == .always ? stepUp : nil)
            // Before anything else that could be refused: who has not opened a code learns nothing of it, not even by
            // naming an organization that is not theirs.
            if let refusal = authorization.approve(approval, by: viewer.session.id, at: now) {
                return .failure(refusal)
            }
            let memberships = authorization.eligible(try Membership.all(of: viewer.user.id, in: transaction))
            guard let membership = memberships.first(where: { $0.organization.id == organization }) else {
                return .failure(.standing(.notAMember))
            }
            guard client.stepUp == .never || stepUp.isProven(at: now) else { return .failure(.stepUpRequired) }
            guard try authorization.saveState(after: .pending, in: transaction) else { return .failure(.decided) }
            try record(
                .deviceAuthorizationApproved, authorization, viewer, organization, in: transaction, at: now, origin)
            return .success((client, membership.organization))
        }
    }

    /// Turns the device away, for good.
    package func deny(
        _ userCode: UserCode?, by viewer: Sessions.Authenticated, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<Client, DeviceDecisionRefusal> {
        try await database.write(counting: refusals) { transaction in
            guard var authorization = try find(userCode, in: transaction),
                let client = try Client.find(authorization.client, in: transaction)
            else { return .failure(.unknown) }
            if let refusal = authorization.deny(by: viewer.session.id, at: now) { return .failure(refusal) }
            guard try authorization.saveState(after: .pending, in: transaction) else { return .failure(.decided) }
            try record(.deviceAuthorizationDenied, authorization, viewer, nil, in: transaction, at: now, origin)
            return .success(client)
        }
    }

    private func find(_ userCode: UserCode?, in transaction: Transaction) throws -> DeviceAuthorization? {
        try userCode.flatMap { try DeviceAuthorization.find($0, key: keys.codes, in: transaction) }
    }

    private func miss(
        _ session: inout Session, in transaction: Transaction, at now: Instant, from origin: RequestOrigin
    ) throws -> DeviceDecisionRefusal {
        session.enterWrongUserCode(at: now)
        try session.saveWrongUserCodes(in: transaction)
        guard session.isLockedOut(at: now) else { return .unknown }
        let event = AuditEvent(.userCodeLockout, user: session.user, detail: ["session": session.id.description])
        try audit.record(event, in: transaction, at: now, from: origin)
        return .lockedOut
    }

    private func record(
        _ kind: AuditEvent.Kind, _ authorization: DeviceAuthorization, _ viewer: Sessions.Authenticated,
        _ organization: Organization.ID?, in transaction: Transaction, at now: Instant, _ origin: RequestOrigin
    ) throws {
        let event = AuditEvent(
            kind, organization: organization, user: viewer.user.id, by: viewer.login, client: authorization.client,
            detail: ["device_authorization": authorization.id.description].changing(
                from: DeviceAuthorization.State.pending.rawValue, to: authorization.state.rawValue))
        try audit.record(event, in: transaction, at: now, from: origin)
    }
}

extension DeviceAuthorization.Approval {
    /// - Parameter stepUp: what the client demanded. The device's tokens tell it in `amr` and `auth_time`; it is no
    ///   step-up of the device's own login.
    fileprivate init(_ viewer: Sessions.Authenticated, _ organization: Organization.ID, stepUp: StepUp?) {
        let session = viewer.session
        self.init(
            user: viewer.user.id, organization: organization,
            authTime: max(session.authTime, stepUp?.provenAt ?? session.authTime),
            amr: session.amr + (stepUp?.authenticationMethods ?? []).filter { !session.amr.contains($0) })
    }
}

extension DeviceAuthorization {
    /// The organizations a person may choose from.
    fileprivate func eligible(_ memberships: [Membership]) -> [Membership] {
        guard let organizationSlug else { return memberships }
        return memberships.filter { $0.organization.slug == organizationSlug }
    }
}
