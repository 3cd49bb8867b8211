import HTTPTypes
import Identity

// What each refusal of organizations and invitations means on the wire. Every switch is exhaustive.

extension Refusal {
    static let notASlug = Refusal.invalidRequest(
        "slug must have 1 to 40 lower-case letters and digits, with single hyphens between them.")

    init(_ refusal: OrganizationRefusal) {
        self =
            switch refusal {
            case .unknown: .notFound
            case .notAllowed(let action):
                Refusal(
                    .forbidden, "forbidden",
                    "Your role in this organization does not let you \(action.phrase). Ask \(action.whoMay).")
            case .lastOwner:
                Refusal(.conflict, "last_owner", "An organization has an owner at all times. Make another owner first.")
            case .slugTaken:
                Refusal(.conflict, "slug_taken", "Another organization has this slug. Choose another, or leave it out.")
            case .tooManyOrganizations:
                .limitReached("You own \(Organization.maximumOwned) organizations, which is as many as anyone may.")
            case .tooManyMembers:
                .limitReached(
                    "With those invited this organization has \(Organization.maximumMembers) members, which is as many "
                        + "as it may.")
            case .tooManyInvitations:
                .limitReached(
                    "At most \(Organization.maximumWaitingInvitations) invitations may wait, and "
                        + "\(Organization.maximumInvitationsPerDay) be sent in a day. Withdraw some, or try tomorrow.")
            case .alreadyMember:
                Refusal(.conflict, "already_member", "Whoever has this address is a member already.")
            }
    }

    static func limitReached(_ message: String) -> Refusal {
        Refusal(.conflict, "limit_reached", message)
    }

    init(_ refusal: InvitationRefusal) {
        self =
            switch refusal {
            case .unknown: .invalidGrant("This invitation is unknown. Ask for a new one.")
            case .expired: .invalidGrant("This invitation has expired. Ask for a new one.")
            case .superseded: .invalidGrant("A newer invitation was sent; use that one.")
            case .revoked: .invalidGrant("This invitation was withdrawn. Ask whoever sent it.")
            case .used: .invalidGrant("This invitation has been used.")
            case .otherAddress:
                Refusal(
                    .forbidden, "forbidden",
                    "This invitation is for another mail address. Sign in by the address it was sent to.")
            case .organizationFull:
                .limitReached("This organization has as many members as it may have. Ask whoever invited you.")
            }
    }

    init(_ refusal: SwitchRefusal) {
        self =
            switch refusal {
            case .notAMember: Refusal(.notFound, "not_found", "You belong to no organization of this name.")
            case .standing(let standing): Refusal(standing)
            }
    }
}

extension OrganizationAction {
    /// Of the owners and admins: the members and viewers may nothing that these may not.
    fileprivate var whoMay: String { Role.admin.may(self) ? "an owner or admin" : "an owner" }

    /// As it follows `does not let you`.
    fileprivate var phrase: String {
        switch self {
        case .read: "see it"
        case .readMembers: "see its members"
        case .rename: "rename it"
        case .changeRoles: "change roles"
        case .changeOwners: "decide about owners"
        case .removeMembers: "remove members"
        case .invite: "invite people"
        case .readInvitations: "see its invitations"
        case .revokeInvitations: "withdraw invitations"
        case .readTokens: "see its API tokens"
        case .mintTokens: "make or rotate API tokens"
        case .renameTokens: "rename API tokens"
        case .revokeTokens: "revoke API tokens"
        case .readAudit: "see what was done in it"
        case .readWebhooks: "see its webhooks"
        case .manageWebhooks: "make or change webhooks"
        }
    }
}
