package import JOSE

/// A way into an organization, sent to one mail address.
package struct Invitation: Sendable, Identified {
    package static let identifierPrefix = "inv"
    package typealias ID = Identifier<Invitation>

    /// `waiting` is the first; all others are final.
    enum State: String, Sendable, CaseIterable {
        case waiting, accepted, revoked, superseded
    }

    package let id: ID
    package let organization: Organization.ID
    package let email: EmailAddress
    package let role: Role
    private(set) var state: State
    package let invitedBy: User.ID
    package let createdAt: Instant
    package let expiresAt: Instant

    /// Seven days.
    package static let lifetime = Duration.seconds(7 * 86_400)
    /// What its token begins with.
    static let tokenPrefix = "lki_"

    package func isExpired(at now: Instant) -> Bool { now >= expiresAt }

    init(
        id: ID, organization: Organization.ID, email: EmailAddress, role: Role, state: State = .waiting,
        invitedBy: User.ID, createdAt: Instant, expiresAt: Instant
    ) {
        self.id = id
        self.organization = organization
        self.email = email
        self.role = role
        self.state = state
        self.invitedBy = invitedBy
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// Why an invitation lets no one in.
package enum InvitationRefusal: Error, Hashable, Sendable {
    case unknown
    case expired
    /// A newer one was sent to the same address.
    case superseded
    case revoked
    case used
    /// Whoever shows it reads the mail of another address, or has not shown to read any.
    case otherAddress
    /// The organization has as many members as it may have.
    case organizationFull
}

extension Invitation {
    /// What is wrong with it whoever shows it; nil when it is alive.
    func refusal(at now: Instant) -> InvitationRefusal? {
        switch state {
        case .accepted: .used
        case .revoked: .revoked
        case .superseded: .superseded
        case .waiting: isExpired(at: now) ? .expired : nil
        }
    }

    /// Accepts it. It is bound to the address: a forwarded mail lets nobody else in.
    ///
    /// - Parameter proven: the address that the person has shown to read; nil: none.
    mutating func accept(asReaderOf proven: EmailAddress?, at now: Instant) -> InvitationRefusal? {
        if let refusal = refusal(at: now) { return refusal }
        guard let proven, proven.canonical == email.canonical else { return .otherAddress }
        state = .accepted
        return nil
    }

    func event(_ kind: AuditEvent.Kind, by actor: LivingLogin) -> AuditEvent {
        var detail = ["invitation": id.description, "email": email.canonical, "role": role.rawValue]
        if kind != .invitationCreated { detail["before"] = State.waiting.rawValue }
        switch kind {
        case .invitationCreated: detail["after"] = State.waiting.rawValue
        case .invitationSuperseded: detail["after"] = State.superseded.rawValue
        case .invitationRevoked: detail["after"] = State.revoked.rawValue
        case .invitationAccepted: detail["after"] = State.accepted.rawValue
        default: break
        }
        return AuditEvent(kind, organization: organization, by: actor, detail: detail)
    }
}

extension User {
    /// The address that this person has shown to read.
    var provenEmail: EmailAddress? { verifiedAt == nil ? nil : email }
}
