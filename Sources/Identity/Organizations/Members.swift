import Database
package import JOSE

/// The members of an organization: listed, given other roles, removed.
package struct Members: Sendable {
    let database: Database
    let audit: AuditTrail
    let grants: Grants
    let notices: APITokenNotices
    let logins: Logins

    /// One page of the members, who joined first at the head.
    package func list(
        _ page: Page, of organization: Organization.ID, by actor: User.ID
    ) async throws -> Result<Paged<Member>, OrganizationRefusal> {
        try await database.read { transaction in
            guard let own = try Membership.find(actor, in: organization, transaction) else {
                return .failure(.unknown)
            }
            guard own.role.may(.readMembers) else { return .failure(.notAllowed(.readMembers)) }
            return .success(try Member.page(page, of: organization, in: transaction))
        }
    }

    /// Gives a member another role. Ownership is handed on in two steps: make another owner, then step down.
    package func changeRole(
        of user: User.ID, to role: Role, in organization: Organization.ID, by actor: Login, at now: Instant,
        from origin: RequestOrigin, recording: Recording<Member> = .none
    ) async throws -> Result<Member, OrganizationRefusal> {
        try await database.write { transaction in
            let login = try logins.require(actor, of: organization, in: transaction, at: now)
            let actor = login.user.id
            guard let own = try Membership.find(actor, in: organization, transaction) else { return .failure(.unknown) }
            guard own.role.may(.changeRoles) else { return .failure(.notAllowed(.changeRoles)) }
            guard var member = try Member.find(user, in: organization, transaction) else { return .failure(.unknown) }
            let change = try change(of: member, in: organization, by: actor, own.role, transaction)
            if let refusal = change.refusal(changingTo: role) { return .failure(refusal) }
            if member.role != role {
                let before = member.role
                try save(role, of: member, in: organization, transaction)
                member.role = role
                let detail = ["member": user.description, "before": before.rawValue, "after": role.rawValue]
                let event = AuditEvent(.membershipRoleChanged, organization: organization, by: login, detail: detail)
                try audit.record(event, in: transaction, at: now, from: origin)
                if !role.mayGive(.member) {
                    try revokeInvitations(sentBy: user, in: organization, by: login, transaction, at: now, from: origin)
                }
            }
            try recording.record(member, in: transaction)
            return .success(member)
        }
    }

    /// Removes a member, or lets one leave. Their tokens for this organization are over in the same moment.
    package func remove(
        _ user: User.ID, from organization: Organization.ID, by actor: Login, at now: Instant,
        from origin: RequestOrigin, recording: Recording<Void> = .none
    ) async throws -> Result<Void, OrganizationRefusal> {
        try await database.write { transaction in
            let login = try logins.require(actor, of: organization, in: transaction, at: now)
            let actor = login.user.id
            guard let own = try Membership.find(actor, in: organization, transaction) else { return .failure(.unknown) }
            guard actor == user || own.role.may(.removeMembers) else { return .failure(.notAllowed(.removeMembers)) }
            guard let member = try Member.find(user, in: organization, transaction) else { return .failure(.unknown) }
            let change = try change(of: member, in: organization, by: actor, own.role, transaction)
            if let refusal = change.refusalOfRemoval { return .failure(refusal) }
            try transaction.changeOne(
                "DELETE FROM memberships WHERE user_id = ? AND organization_id = ?", .id(user), .id(organization))
            let detail = [
                "member": user.description, "before": member.role.rawValue,
                "reason": change.isSelf ? "left" : "removed",
            ]
            let event = AuditEvent(.membershipEnded, organization: organization, by: login, detail: detail)
            try audit.record(event, in: transaction, at: now, from: origin)
            try grants.endAll(
                of: user, in: organization, .membershipEnded, by: login, in: transaction, at: now, from: origin)
            try revokeInvitations(sentBy: user, in: organization, by: login, transaction, at: now, from: origin)
            try notices.makerGone(
                member, wasRemoved: !change.isSelf, from: own.organization, in: transaction, at: now)
            try recording.record((), in: transaction)
            return .success(())
        }
    }

    private func change(
        of member: Member, in organization: Organization.ID, by actor: User.ID, _ role: Role, _ transaction: Transaction
    ) throws -> MemberChange {
        MemberChange(
            actor: role, isSelf: member.user == actor, role: member.role,
            otherOwners: try Member.owners(of: organization, but: member.user, in: transaction))
    }

    private func save(
        _ role: Role, of member: Member, in organization: Organization.ID, _ transaction: Transaction
    ) throws {
        try transaction.changeOne(
            "UPDATE memberships SET role = ? WHERE user_id = ? AND organization_id = ? AND role = ?",
            .text(role.rawValue), .id(member.user), .id(organization), .text(member.role.rawValue))
    }

    /// Who may no longer invite has no invitations out: else an admin on the way out could come back by one.
    private func revokeInvitations(
        sentBy user: User.ID, in organization: Organization.ID, by login: LivingLogin, _ transaction: Transaction,
        at now: Instant, from origin: RequestOrigin
    ) throws {
        for invitation in try Invitation.waiting(sentBy: user, in: organization, transaction) {
            guard try invitation.end(.revoked, in: transaction) else { continue }
            try audit.record(invitation.event(.invitationRevoked, by: login), in: transaction, at: now, from: origin)
        }
    }
}
