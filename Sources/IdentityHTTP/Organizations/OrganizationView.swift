import Identity
import JOSE

/// What the page of an organization is filled with: what the person may not do is not offered.
struct OrganizationView {
    let viewer: User
    let now: Instant

    init(viewer: User, at now: Instant) {
        (self.viewer, self.now) = (viewer, now)
    }

    func tabs(_ memberships: [Membership], chosen: Membership?) -> [[String: Any]] {
        memberships.map { membership in
            [
                "id": membership.organization.id.description, "name": membership.organization.name,
                "current": membership.organization.id == chosen?.organization.id,
            ]
        }
    }

    func offers(_ offers: [InvitationAcceptance.Offer]) -> [[String: Any]] {
        offers.map { offer in
            [
                "id": offer.invitation.id.description, "name": offer.organization, "inviter": offer.inviterName,
                "inviterEmail": offer.inviterEmail.text, "role": offer.invitation.role.rawValue,
                "expiresAt": offer.invitation.expiresAt.moment,
            ]
        }
    }

    func organization(
        _ own: Membership, _ people: Paged<Member>, _ waiting: Paged<Invitation>?
    ) -> [String: Any] {
        var context: [String: Any] = [
            "id": own.organization.id.description, "name": own.organization.name, "slug": own.organization.slug,
            "plan": own.organization.plan.rawValue, "role": own.role.rawValue, "self": viewer.id.description,
            "total": people.total.grouped, "members": people.items.map { row(of: $0, seenBy: own.role) },
        ]
        if people.page.number > 1 { context["previousPage"] = people.page.number - 1 }
        if people.page.number * people.page.limit < people.total { context["nextPage"] = people.page.number + 1 }
        if own.role.may(.rename) { context["mayRename"] = true }
        context["inviteRoles"] = own.role.may(.invite) ? options(for: own.role, selected: .member) : []
        context["invitations"] = waiting?.items.map { row(of: $0, seenBy: own.role) } ?? []
        return context
    }

    private func row(of member: Member, seenBy role: Role) -> [String: Any] {
        var row: [String: Any] = [
            "id": member.user.description, "name": member.name, "email": member.email.text,
            "role": member.role.rawValue, "joinedAt": member.joinedAt.moment, "isSelf": member.user == viewer.id,
        ]
        row["roles"] = role.mayGive(member.role) ? options(for: role, selected: member.role) : []
        if role.mayGive(member.role), member.user != viewer.id, role.may(.removeMembers) { row["mayRemove"] = true }
        return row
    }

    private func row(of invitation: Invitation, seenBy role: Role) -> [String: Any] {
        [
            "id": invitation.id.description, "email": invitation.email.text, "role": invitation.role.rawValue,
            "createdAt": invitation.createdAt.moment, "expiresAt": invitation.expiresAt.moment,
            "expired": invitation.isExpired(at: now), "mayChange": role.mayGive(invitation.role),
        ]
    }

    /// The roles that someone of a role may give.
    private func options(for role: Role, selected: Role) -> [[String: Any]] {
        Role.allCases.filter(role.mayGive).map { option in
            ["value": option.rawValue, "selected": option == selected]
        }
    }
}
