import Database
package import JOSE

/// Accepting invitations: by their token, or, once signed in by the very address, by their name.
package struct InvitationAcceptance: Sendable {
    let database: Database
    let organizations: Organizations
    let audit: AuditTrail
    let logins: Logins

    /// An invitation with what the invited person is told of it.
    package struct Offer: Sendable {
        package let invitation: Invitation
        package let organization: String
        package let inviterName: String
        package let inviterEmail: EmailAddress
    }

    /// How an invitation is named.
    package enum Reference: Sendable {
        /// As the mail has it.
        case token(String)
        /// No secret, so it is worth something only to whoever reads the invited address.
        case id(Invitation.ID)
    }

    /// What a page may show of an invitation before it is accepted. Changes nothing.
    package func inspect(_ token: String, at now: Instant) async throws -> Result<Offer, InvitationRefusal> {
        try await database.read { transaction in
            guard let invitation = try find(.token(token), in: transaction) else { return .failure(.unknown) }
            if let refusal = invitation.refusal(at: now) { return .failure(refusal) }
            return try offers("i.id = ?", .id(invitation.id), in: transaction).first.map { .success($0) }
                ?? .failure(.unknown)
        }
    }

    /// The invitations that wait for a person, by the address that they have shown to read.
    package func offers(to user: User, at now: Instant) async throws -> [Offer] {
        guard let email = user.provenEmail else { return [] }
        return try await database.read { transaction in
            try offers("i.email_canonical = ? AND i.state = 'waiting'", .text(email.canonical), in: transaction)
                .filter { $0.invitation.refusal(at: now) == nil }
        }
    }

    private func offers(_ condition: String, _ value: SQLValue, in transaction: Transaction) throws -> [Offer] {
        let rows = try transaction.rows(
            """
            SELECT \(Invitation.columns), o.name, u.name, u.email FROM invitations i
            JOIN organizations o ON o.id = i.organization_id JOIN users u ON u.id = i.invited_by
            WHERE \(condition) ORDER BY i.id LIMIT 100
            """, value)
        return try rows.map { row in
            let (invitation, first) = (try Invitation(row), Invitation.columnCount)
            guard let email = EmailAddress(try row.text(first + 2)) else {
                throw DatabaseFailure.corrupt("user \(invitation.invitedBy) has no address")
            }
            return Offer(
                invitation: invitation, organization: try row.text(first), inviterName: try row.text(first + 1),
                inviterEmail: email)
        }
    }

    /// Makes the invited person a member, once. Who is one already keeps the role they have.
    package func accept(
        _ reference: Reference, by login: Login, at now: Instant, from origin: RequestOrigin,
        recording: Recording<Membership> = .none
    ) async throws -> Result<Membership, InvitationRefusal> {
        try await database.write { transaction in
            let login = try logins.require(login, in: transaction, at: now)
            let user = login.user
            guard var invitation = try find(reference, in: transaction) else { return .failure(.unknown) }
            if let refusal = invitation.accept(asReaderOf: user.provenEmail, at: now) {
                // A name can be guessed at: whose address it is not, is told nothing.
                if case .id = reference, user.provenEmail?.canonical != invitation.email.canonical {
                    return .failure(.unknown)
                }
                return .failure(refusal)
            }
            let organization = invitation.organization
            if try Membership.find(user.id, in: organization, transaction) == nil {
                let members = try Member.count(of: organization, in: transaction)
                guard members < Organization.maximumMembers else { return .failure(.organizationFull) }
            }
            guard try invitation.end(.accepted, by: user.id, in: transaction) else { return .failure(.used) }
            try audit.record(invitation.event(.invitationAccepted, by: login), in: transaction, at: now, from: origin)
            try organizations.join(
                organization, user.id, as: invitation.role, by: login, in: transaction, at: now, from: origin)
            guard let membership = try Membership.find(user.id, in: organization, transaction) else {
                throw DatabaseFailure.misuse("a member was made and is not there")
            }
            try recording.record(membership, in: transaction)
            return .success(membership)
        }
    }

    private func find(_ reference: Reference, in transaction: Transaction) throws -> Invitation? {
        switch reference {
        case .token(let text):
            guard let token = OneTimeSecret(text, prefix: Invitation.tokenPrefix) else { return nil }
            return try Invitation.find(token, in: transaction)
        case .id(let id):
            return try Invitation.find(id, in: transaction)
        }
    }
}
