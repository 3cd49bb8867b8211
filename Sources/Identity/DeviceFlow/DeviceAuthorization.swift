package import JOSE

/// A device that asks to be let in by a person at a browser (RFC 8628).
package struct DeviceAuthorization: Sendable, Identified {
    package static let identifierPrefix = "dev"
    package typealias ID = Identifier<DeviceAuthorization>

    /// Where it stands. `denied` and `redeemed` are final; `approved` leads to `redeemed`, or to `denied` when who
    /// approved it is signed out everywhere meanwhile.
    package enum State: String, Sendable, CaseIterable {
        case pending, approved, denied, redeemed
    }

    /// What the person at the browser decided with.
    struct Approval: Hashable, Sendable {
        let user: User.ID
        let organization: Organization.ID
        let authTime: Instant
        let amr: [String]
    }

    package let id: ID
    package let client: Client.ID
    package let scopes: ScopeSet
    package let audience: String?
    /// The organization the device asked for, by slug.
    package let organizationSlug: String?
    package private(set) var state: State
    /// Where the device asked from.
    package let address: String
    package let agent: String
    package let createdAt: Instant
    package let expiresAt: Instant
    /// The first browser session that opened it: no other may decide.
    private(set) var session: Session.ID?
    private(set) var approval: Approval?

    /// Ten minutes.
    package static let lifetime = Duration.seconds(600)

    init(
        id: ID, client: Client.ID, scopes: ScopeSet, audience: String?, organizationSlug: String?,
        state: State = .pending, address: String, agent: String, createdAt: Instant, expiresAt: Instant,
        session: Session.ID? = nil, approval: Approval? = nil
    ) {
        self.id = id
        self.client = client
        self.scopes = scopes
        self.audience = audience
        self.organizationSlug = organizationSlug
        self.state = state
        self.address = address
        self.agent = agent
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.session = session
        self.approval = approval
    }
}

/// Why a device or a browser is refused (RFC 8628 §3.5).
package enum DeviceFlowRefusal: Error, Hashable, Sendable {
    /// No such code, or another client's.
    case unknown
    /// A confidential client's, which did not authenticate. On the wire `invalid_client`.
    case clientUnproven
    /// The client is not registered for this grant type. On the wire `unauthorized_client`.
    case grantTypeNotAllowed
    case authorizationPending
    /// Asked again too soon.
    case slowDown
    case expired
    case denied
    /// The device has its tokens already.
    case redeemed
    /// Approved, but what the approval stood on has gone since.
    case standing(StandingRefusal)
}

/// Why a browser may not open or decide an authorization.
package enum DeviceDecisionRefusal: Error, Hashable, Sendable {
    /// No such code, or its time is over.
    case unknown
    /// Another session opened it first (CVE-2026-45337).
    case openedElsewhere
    /// Decided before: back, forward and double clicks change nothing.
    case decided
    /// Five wrong codes: this session waits ten minutes.
    case lockedOut
    /// The client demands a second factor of the last five minutes, and none was shown in this browser.
    case stepUpRequired
    case standing(StandingRefusal)
}

extension DeviceAuthorization {
    /// What a poll of the device finds, its pace apart.
    ///
    /// - Parameter owner: the client of this authorization.
    func poll(by client: ClientPresence, owner: Client, at now: Instant) -> Result<Approval, DeviceFlowRefusal> {
        switch client.mismatch(with: owner) {
        case .otherClient: return .failure(.unknown)
        case .proofNeeded: return .failure(.clientUnproven)
        case nil: break
        }
        guard owner.grantTypes.contains(.deviceCode) else { return .failure(.grantTypeNotAllowed) }
        guard state != .redeemed else { return .failure(.redeemed) }
        guard now < expiresAt else { return .failure(.expired) }
        switch (state, approval) {
        case (.denied, _): return .failure(.denied)
        case (.approved, .some(let approval)): return .success(approval)
        default: return .failure(.authorizationPending)
        }
    }

    /// Takes the authorization for a browser session. The first one keeps it.
    mutating func open(by session: Session.ID, at now: Instant) -> DeviceDecisionRefusal? {
        guard now < expiresAt else { return .unknown }
        if let owner = self.session, owner != session { return .openedElsewhere }
        guard state == .pending else { return .decided }
        self.session = session
        return nil
    }

    mutating func approve(
        _ approval: Approval, by session: Session.ID, at now: Instant
    ) -> DeviceDecisionRefusal? {
        if let refusal = decisionRefusal(session, at: now) { return refusal }
        self.approval = approval
        state = .approved
        return nil
    }

    mutating func deny(by session: Session.ID, at now: Instant) -> DeviceDecisionRefusal? {
        if let refusal = decisionRefusal(session, at: now) { return refusal }
        state = .denied
        return nil
    }

    /// What stood behind the approval is over, before the device has its tokens. False when it was not approved.
    mutating func takeBack() -> Bool {
        guard state == .approved else { return false }
        state = .denied
        return true
    }

    mutating func redeem() {
        state = .redeemed
    }

    private func decisionRefusal(_ session: Session.ID, at now: Instant) -> DeviceDecisionRefusal? {
        guard now < expiresAt else { return .unknown }
        guard self.session == session else { return self.session == nil ? .unknown : .openedElsewhere }
        return state == .pending ? nil : .decided
    }
}
