import Database
package import JOSE

/// Inviting people by mail: sent, sent again, listed, withdrawn.
package struct Invitations: Sendable {
    let database: Database
    let random: RandomSource
    let issuer: String
    let mail: MailQueue
    let audit: AuditTrail
    let logins: Logins
    /// Writes the letter.
    let compose: @Sendable (InvitationLetter) throws -> MailMessage

    /// Invites whoever reads an address. The same is done and answered whether the address has an account or not. An
    /// invitation that waits for the same address is superseded: sending again is inviting again.
    package func invite(
        _ email: EmailAddress, as role: Role, to organization: Organization.ID, by login: Login, at now: Instant,
        from origin: RequestOrigin, recording: Recording<Invitation> = .none
    ) async throws -> Result<Invitation, OrganizationRefusal> {
        let sender = try await database.read { transaction -> (user: User, membership: Membership?) in
            let user = try logins.find(login, in: transaction, at: now).user
            return (user, try Membership.find(user.id, in: organization, transaction))
        }
        guard case (let user, let membership?) = sender else { return .failure(.unknown) }
        let token = OneTimeSecret(prefix: Invitation.tokenPrefix, random: random)
        let message = try compose(
            InvitationLetter(
                recipient: email, link: issuer + "/invitation#token=" + token.text,
                organization: membership.organization.name, role: role, inviterName: user.name,
                inviterEmail: user.email, expiresAt: now + Invitation.lifetime))
        return try await database.write { transaction in
            let actor = try logins.require(login, of: organization, in: transaction, at: now)
            if let refusal = try refusal(to: email, role, organization, by: actor.user.id, transaction, at: now) {
                return .failure(refusal)
            }
            if let former = try Invitation.waiting(for: email, in: organization, transaction) {
                _ = try former.end(.superseded, in: transaction)
                try audit.record(
                    former.event(.invitationSuperseded, by: actor), in: transaction, at: now, from: origin)
            }
            let invitation = try insert(email, role, organization, by: actor.user.id, token, transaction, at: now)
            try mail.enqueue(message, suppressed: false, in: transaction, at: now)
            try audit.record(invitation.event(.invitationCreated, by: actor), in: transaction, at: now, from: origin)
            try recording.record(invitation, in: transaction)
            return .success(invitation)
        }
    }

    private func refusal(
        to email: EmailAddress, _ role: Role, _ organization: Organization.ID, by actor: User.ID,
        _ transaction: Transaction, at now: Instant
    ) throws -> OrganizationRefusal? {
        guard let own = try Membership.find(actor, in: organization, transaction) else { return .unknown }
        guard own.role.may(.invite) else { return .notAllowed(.invite) }
        guard own.role.mayGive(role) else { return .notAllowed(.changeOwners) }
        // Whoever may invite sees the list of members, so this tells them nothing they could not read there.
        if let user = try User.find(email, in: transaction),
            try Membership.find(user.id, in: organization, transaction) != nil
        {
            return .alreadyMember
        }
        let former = try Invitation.waiting(for: email, in: organization, transaction)
        let replaced: Int64 = former.map { $0.isExpired(at: now) ? 0 : 1 } ?? 0
        let waiting = try Invitation.countWaiting(in: organization, at: now, transaction) - replaced
        let members = try Member.count(of: organization, in: transaction)
        guard members + waiting < Organization.maximumMembers else { return .tooManyMembers }
        let recent = try Invitation.count(in: organization, since: now - .seconds(86_400), transaction)
        guard waiting < Organization.maximumWaitingInvitations, recent < Organization.maximumInvitationsPerDay else {
            return .tooManyInvitations
        }
        return nil
    }

    private func insert(
        _ email: EmailAddress, _ role: Role, _ organization: Organization.ID, by actor: User.ID,
        _ token: OneTimeSecret, _ transaction: Transaction, at now: Instant
    ) throws -> Invitation {
        var made: Invitation?
        _ = try transaction.insert(Invitation.self, at: now, random: random) { id in
            let invitation = Invitation(
                id: id, organization: organization, email: email, role: role, invitedBy: actor, createdAt: now,
                expiresAt: now + Invitation.lifetime)
            made = invitation
            return try invitation.insert(token: token, in: transaction)
        }
        guard let made else { throw DatabaseFailure.misuse("an invitation was inserted without being made") }
        return made
    }

    /// One page of those that wait, the newest first; expired ones are among them until they are sent again, withdrawn
    /// or forgotten.
    package func list(
        _ page: Page, of organization: Organization.ID, by actor: User.ID
    ) async throws -> Result<Paged<Invitation>, OrganizationRefusal> {
        try await database.read { transaction in
            guard let own = try Membership.find(actor, in: organization, transaction) else { return .failure(.unknown) }
            guard own.role.may(.readInvitations) else { return .failure(.notAllowed(.readInvitations)) }
            let invitations = try transaction.rows(
                """
                SELECT \(Invitation.columns) FROM invitations i
                WHERE i.organization_id = ? AND i.state = 'waiting' ORDER BY i.created_at DESC, i.id DESC LIMIT ? OFFSET ?
                """, .id(organization), .integer(page.limit), .integer(page.offset)
            ).map(Invitation.init)
            let total = try transaction.row(
                "SELECT COUNT(*) FROM invitations WHERE organization_id = ? AND state = 'waiting'", .id(organization))
            return .success(Paged(items: invitations, page: page, total: try total?.integer(0) ?? 0))
        }
    }

    /// Withdraws one that waits.
    package func revoke(
        _ id: Invitation.ID, in organization: Organization.ID, by actor: Login, at now: Instant,
        from origin: RequestOrigin, recording: Recording<Void> = .none
    ) async throws -> Result<Void, OrganizationRefusal> {
        try await database.write { transaction in
            let actor = try logins.require(actor, of: organization, in: transaction, at: now)
            guard let own = try Membership.find(actor.user.id, in: organization, transaction) else {
                return .failure(.unknown)
            }
            guard own.role.may(.revokeInvitations) else { return .failure(.notAllowed(.revokeInvitations)) }
            guard let invitation = try Invitation.find(id, in: transaction), invitation.organization == organization
            else { return .failure(.unknown) }
            // One for an owner is an owner's to withdraw, as it is an owner's to send.
            guard own.role.mayGive(invitation.role) else { return .failure(.notAllowed(.changeOwners)) }
            guard try invitation.end(.revoked, in: transaction) else { return .failure(.unknown) }
            try audit.record(invitation.event(.invitationRevoked, by: actor), in: transaction, at: now, from: origin)
            try recording.record((), in: transaction)
            return .success(())
        }
    }
}
