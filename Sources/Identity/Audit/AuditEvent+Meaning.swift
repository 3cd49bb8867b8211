// What each kind of event means, for whoever reads the audit or chooses events for a webhook. Every switch is
// exhaustive: a new kind does not compile until its meaning is told.

extension AuditEvent.Kind {
    /// What happened, for people.
    package var meaning: String {
        switch self {
        case .userCreated: "someone got an account"
        case .userRenamed: "someone changed their name"
        case .userDisabled: "an account was disabled"
        case .userEnabled: "a disabled account was enabled"
        case .organizationCreated: "an organization was founded"
        case .organizationRenamed: "an organization was renamed"
        case .organizationPlanChanged: "an organization was put on another plan"
        case .membershipCreated: "someone became a member"
        case .membershipRoleChanged: "a member was given another role"
        case .membershipEnded: "a member left or was removed"
        case .invitationCreated: "an invitation was sent"
        case .invitationSuperseded: "an invitation was replaced by a newer one"
        case .invitationRevoked: "an invitation was withdrawn"
        case .invitationAccepted: "an invitation was accepted"
        case .clientRegistered: "an application was registered"
        case .clientChanged: "an application was changed"
        case .resourceServerDeclared: "a resource server or its scopes were declared"
        case .resourceServerRemoved: "a resource server was removed"
        case .magicLinkRequested: "a sign-in mail was asked for"
        case .magicLinkApproved: "a sign-in was approved from another browser"
        case .magicLinkSpent: "someone signed in by mail"
        case .magicLinkLocked: "a sign-in mail was locked by wrong codes"
        case .sessionCreated: "a browser was signed in"
        case .sessionEnded: "a browser was signed out"
        case .deviceAuthorizationRequested: "a device asked to be let in"
        case .deviceAuthorizationApproved: "a device was let in"
        case .deviceAuthorizationDenied: "a device was denied"
        case .userCodeLockout: "a browser was locked out by wrong device codes"
        case .grantIssued: "a device or application was given tokens"
        case .grantRevoked: "the login of a device or application was ended"
        case .refreshTokenReuse: "a refresh token was used twice, which ended its login"
        case .refreshTokenRepeated: "a refresh was answered a second time"
        case .signingKeyCreated: "a signing key was made"
        case .databaseRestored: "the database was restored from a copy"
        case .setupLinkIssued: "a link for the first owner was made"
        case .setupLinkClaimed: "the first owner claimed the server"
        case .signingKeyBroughtForward: "a signing key is to sign sooner"
        case .signingKeyActivated: "a signing key began to sign"
        case .signingKeyRetired: "a signing key ceased to sign"
        case .signingKeyRemoved: "a signing key was removed"
        case .masterKeyChanged: "the master key was changed"
        case .totpEnrolled: "an authenticator app was begun to be set up"
        case .totpConfirmed: "an authenticator app was set up"
        case .totpRemoved: "an authenticator app was removed"
        case .recoveryCodesReplaced: "recovery codes were replaced"
        case .recoveryCodeUsed: "a recovery code was used"
        case .secondFactorsReset: "an operator took all second factors from someone who had lost them"
        case .passkeyRegistered: "a passkey was added"
        case .passkeyRenamed: "a passkey was given another name"
        case .passkeyRemoved: "a passkey was removed"
        case .passkeyUsed: "a passkey was used"
        case .passkeyCounterRegressed: "a passkey counted backwards: there may be a copy of it"
        case .stepUpProven: "a second factor was shown"
        case .stepUpLocked: "second factors were locked by wrong codes"
        case .apiTokenIssued: "an API token was made"
        case .apiTokenRenamed: "an API token was given another label"
        case .apiTokenRotated: "an API token was given a new secret"
        case .apiTokenRevoked: "an API token was revoked"
        case .apiTokenUsed: "an API token was used for the first time on a day"
        case .webhookCreated: "a webhook was made"
        case .webhookUpdated: "a webhook was changed"
        case .webhookSecretRotated: "a webhook was given a new secret"
        case .webhookDeleted: "a webhook was deleted"
        case .webhookSwitchedOff: "a webhook that took nothing was switched off"
        case .webhookTested: "a webhook was sent a test message"
        case .webhookDeliveryReplayed: "a message was sent to a webhook once more"
        }
    }

    /// Whether it happens in an organization, whose admins see it. All else is of a person, or of the server.
    package var isOfOrganization: Bool {
        switch self {
        case .organizationCreated, .organizationRenamed, .organizationPlanChanged, .membershipCreated,
            .membershipRoleChanged, .membershipEnded, .invitationCreated, .invitationSuperseded, .invitationRevoked,
            .invitationAccepted, .deviceAuthorizationApproved, .grantIssued, .grantRevoked, .refreshTokenReuse,
            .refreshTokenRepeated, .setupLinkClaimed, .stepUpProven, .apiTokenIssued, .apiTokenRenamed,
            .apiTokenRotated, .apiTokenRevoked, .apiTokenUsed, .webhookCreated, .webhookUpdated, .webhookSecretRotated,
            .webhookDeleted, .webhookSwitchedOff, .webhookTested, .webhookDeliveryReplayed:
            true
        case .userCreated, .userRenamed, .userDisabled, .userEnabled, .clientRegistered, .clientChanged,
            .resourceServerDeclared, .resourceServerRemoved, .magicLinkRequested, .magicLinkApproved, .magicLinkSpent,
            .magicLinkLocked, .sessionCreated, .sessionEnded,
            .deviceAuthorizationRequested, .deviceAuthorizationDenied, .userCodeLockout, .signingKeyCreated,
            .databaseRestored, .setupLinkIssued, .signingKeyBroughtForward, .signingKeyActivated, .signingKeyRetired,
            .signingKeyRemoved, .masterKeyChanged, .totpEnrolled, .totpConfirmed, .totpRemoved,
            .recoveryCodesReplaced, .recoveryCodeUsed, .secondFactorsReset, .stepUpLocked, .passkeyRegistered,
            .passkeyRenamed,
            .passkeyRemoved, .passkeyUsed, .passkeyCounterRegressed:
            false
        }
    }

    /// Of what `before` and `after` of its detail are the values; where several change, they are named one by one.
    var changedMember: String {
        switch self {
        case .organizationRenamed, .userRenamed: "name"
        case .userDisabled, .userEnabled: "disabled"
        case .organizationPlanChanged: "plan"
        case .membershipCreated, .membershipRoleChanged, .membershipEnded: "role"
        case .invitationCreated, .invitationSuperseded, .invitationRevoked, .invitationAccepted, .magicLinkRequested,
            .magicLinkApproved, .magicLinkSpent, .magicLinkLocked, .deviceAuthorizationRequested,
            .deviceAuthorizationApproved, .deviceAuthorizationDenied, .setupLinkIssued, .setupLinkClaimed,
            .signingKeyCreated, .signingKeyActivated, .signingKeyRetired, .signingKeyRemoved:
            "state"
        case .passkeyRegistered, .passkeyRenamed, .passkeyRemoved: "name"
        case .apiTokenRenamed: "label"
        case .apiTokenRotated: "last_four"
        case .sessionCreated, .sessionEnded, .grantIssued, .grantRevoked, .apiTokenRevoked: "status"
        case .webhookSecretRotated: "secret_number"
        case .totpEnrolled, .totpConfirmed, .totpRemoved: "authenticator_app"
        case .recoveryCodesReplaced: "recovery_codes"
        default: "value"
        }
    }

    /// The events that an organization's admins can see, in the order in which they are told.
    package static let ofOrganizations = allCases.filter(\.isOfOrganization)
}
