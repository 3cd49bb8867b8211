import JOSE

/// One thing that happened, as it is told to those who must find out later.
package struct AuditEvent: Sendable, Identified {
    package static let identifierPrefix = "evt"
    package typealias ID = Identifier<AuditEvent>

    /// Every kind of event. The raw value is stored and shown; it never changes its meaning.
    package enum Kind: String, Sendable, CaseIterable {
        case userCreated = "user.created"
        case userRenamed = "user.renamed"
        case userDisabled = "user.disabled"
        case userEnabled = "user.enabled"
        case organizationCreated = "organization.created"
        case organizationRenamed = "organization.renamed"
        case organizationPlanChanged = "organization.plan_changed"
        case membershipCreated = "membership.created"
        case membershipRoleChanged = "membership.role_changed"
        case membershipEnded = "membership.ended"
        case invitationCreated = "invitation.created"
        case invitationSuperseded = "invitation.superseded"
        case invitationRevoked = "invitation.revoked"
        case invitationAccepted = "invitation.accepted"
        case clientRegistered = "client.registered"
        case clientChanged = "client.changed"
        case resourceServerDeclared = "resource_server.declared"
        case resourceServerRemoved = "resource_server.removed"
        case magicLinkRequested = "magic_link.requested"
        case magicLinkApproved = "magic_link.approved"
        case magicLinkSpent = "magic_link.spent"
        case magicLinkLocked = "magic_link.locked"
        case passkeyRegistered = "passkey.registered"
        case passkeyRenamed = "passkey.renamed"
        case passkeyRemoved = "passkey.removed"
        case passkeyUsed = "passkey.used"
        case passkeyCounterRegressed = "passkey.counter_regressed"
        case sessionCreated = "session.created"
        case sessionEnded = "session.ended"
        case deviceAuthorizationRequested = "device_authorization.requested"
        case deviceAuthorizationApproved = "device_authorization.approved"
        case deviceAuthorizationDenied = "device_authorization.denied"
        case userCodeLockout = "device_authorization.lockout"
        case grantIssued = "grant.issued"
        case grantRevoked = "grant.revoked"
        case refreshTokenReuse = "refresh_token.reuse"
        case refreshTokenRepeated = "refresh_token.repeated"
        case signingKeyCreated = "signing_key.created"
        case databaseRestored = "database.restored"
        case setupLinkIssued = "setup_link.issued"
        case setupLinkClaimed = "setup_link.claimed"
        case signingKeyBroughtForward = "signing_key.brought_forward"
        case signingKeyActivated = "signing_key.activated"
        case signingKeyRetired = "signing_key.retired"
        case signingKeyRemoved = "signing_key.removed"
        case masterKeyChanged = "master_key.changed"
        case totpEnrolled = "totp.enrolled"
        case totpConfirmed = "totp.confirmed"
        case totpRemoved = "totp.removed"
        case recoveryCodesReplaced = "recovery_codes.replaced"
        case recoveryCodeUsed = "recovery_code.used"
        /// By whoever runs the server, for someone who has lost them.
        case secondFactorsReset = "second_factors.reset"
        case stepUpProven = "step_up.proven"
        case stepUpLocked = "step_up.locked"
        // The words of seed 001, by which other systems know them.
        case apiTokenIssued = "API_TOKEN_ISSUED"
        case apiTokenRenamed = "API_TOKEN_RENAMED"
        case apiTokenRotated = "API_TOKEN_ROTATED"
        case apiTokenRevoked = "API_TOKEN_REVOKED"
        /// The first use on a day, and no other.
        case apiTokenUsed = "API_TOKEN_USED"
        case webhookCreated = "webhook.created"
        case webhookUpdated = "webhook.updated"
        case webhookSecretRotated = "webhook.secret_rotated"
        case webhookDeleted = "webhook.deleted"
        /// By the server, after it had taken nothing for long.
        case webhookSwitchedOff = "webhook.switched_off"
        case webhookTested = "webhook.tested"
        case webhookDeliveryReplayed = "webhook.delivery_replayed"
    }

    package var kind: Kind
    package var organization: Organization.ID?
    package var user: User.ID?
    package var client: Client.ID?
    package var grant: Grant.ID?
    /// Facts particular to the kind, in alphabetical order when written. Never a secret.
    package var detail: [String: String]

    init(
        _ kind: Kind, organization: Organization.ID? = nil, user: User.ID? = nil, client: Client.ID? = nil,
        grant: Grant.ID? = nil, detail: [String: String] = [:]
    ) {
        self.kind = kind
        self.organization = organization
        self.user = user
        self.client = client
        self.grant = grant
        self.detail = detail
    }

    /// What someone did by a login: the grant of a device or application, or a browser's session, which the detail names.
    init(
        _ kind: Kind, organization: Organization.ID? = nil, by actor: LivingLogin, detail: [String: String] = [:]
    ) {
        self.init(
            kind, organization: organization, user: actor.user.id, by: actor.login, client: actor.client,
            detail: detail)
    }

    /// The same, of a login whose parts are at hand.
    init(
        _ kind: Kind, organization: Organization.ID? = nil, user: User.ID, by login: Login, client: Client.ID?,
        detail: [String: String] = [:]
    ) {
        self.init(kind, organization: organization, user: user, client: client, detail: detail)
        switch login {
        case .grant(let id): grant = id
        case .session(let id): self.detail["session"] = id.description
        }
    }

    init(_ kind: Kind, of grant: Grant, detail: [String: String] = [:]) {
        self.init(
            kind, organization: grant.organization, user: grant.user, client: grant.client, grant: grant.id,
            detail: detail)
    }
}

extension [String: String] {
    /// The detail of a change: these facts, and what was before and what is after, of the one thing that the kind of event
    /// is about.
    ///
    /// - Parameters:
    ///   - before: nil: it was not there.
    ///   - after: nil: it is not there any more.
    func changing(from before: String? = nil, to after: String? = nil) -> Self {
        var detail = self
        detail["before"] = before
        detail["after"] = after
        return detail
    }
}
