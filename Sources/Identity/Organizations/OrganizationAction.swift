/// What someone may want to do in an organization.
package enum OrganizationAction: String, Sendable, CaseIterable {
    case read
    case readMembers
    case rename
    /// Of members who are no owners, to a role below owner.
    case changeRoles
    /// Make owners, or take ownership, or remove an owner.
    case changeOwners
    case removeMembers
    case invite
    case readInvitations
    case revokeInvitations
    case readTokens
    /// Make them, and give them new secrets.
    case mintTokens
    case renameTokens
    case revokeTokens
    /// What was done in it, by whom and when.
    case readAudit
    case readWebhooks
    /// Make, change and delete them, and have them sent again.
    case manageWebhooks
}

extension Role {
    /// Who may do what. Leaving is not in it: everyone may leave, but not the last owner.
    static let permissions: [Role: Set<OrganizationAction>] = [
        .owner: [
            .read, .readMembers, .rename, .changeRoles, .changeOwners, .removeMembers, .invite, .readInvitations,
            .revokeInvitations, .readTokens, .mintTokens, .renameTokens, .revokeTokens, .readAudit, .readWebhooks,
            .manageWebhooks,
        ],
        .admin: [
            .read, .readMembers, .rename, .changeRoles, .removeMembers, .invite, .readInvitations, .revokeInvitations,
            .readTokens, .mintTokens, .renameTokens, .revokeTokens, .readAudit, .readWebhooks, .manageWebhooks,
        ],
        .member: [.read, .readMembers],
        .viewer: [.read, .readMembers],
    ]

    package func may(_ action: OrganizationAction) -> Bool {
        Self.permissions[self]?.contains(action) == true
    }

    /// Whether someone of this role may give another one: by invitation or to a member.
    package func mayGive(_ role: Role) -> Bool {
        may(role == .owner ? .changeOwners : .changeRoles)
    }
}
