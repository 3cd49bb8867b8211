import Database
package import JOSE

/// The way in for the first owner of a server that lets nobody sign up: a link that is printed where it is started.
package struct Setup: Sendable {
    let database: Database
    let random: RandomSource
    let users: Users
    let organizations: Organizations
    let sessions: Sessions
    let audit: AuditTrail

    package static let tokenPrefix = "lks_"
    /// How such a sign-in is told in `amr`: by none of RFC 8176's ways.
    static let amr = ["setup"]

    /// A token for a link of this start, or nil once there is a user. Those of other starts and nodes stay good.
    package func issue(at now: Instant) async throws -> OneTimeSecret? {
        let token = OneTimeSecret(prefix: Self.tokenPrefix, random: random)
        return try await database.write { transaction in
            _ = try transaction.run("DELETE FROM setup_links WHERE expires_at <= ?", .time(now - SetupLink.lifetime))
            if try SetupLink.isOver(in: transaction) { return nil }
            let id = try transaction.insert(SetupLink.self, at: now, random: random) { id in
                try transaction.run(
                    """
                    INSERT INTO setup_links (id, token_digest, created_at, expires_at) VALUES (?, ?, ?, ?)
                    ON CONFLICT (id) DO NOTHING
                    """, .id(id), .blob(token.digest), .time(now), .time(now + SetupLink.lifetime))
            }
            let event = AuditEvent(.setupLinkIssued, detail: ["link": id.description].changing(to: "waiting"))
            try audit.record(event, in: transaction, at: now, from: .server)
            return token
        }
    }

    /// Whether there is nothing to claim any more.
    package func isOver() async throws -> Bool {
        try await database.read { try SetupLink.isOver(in: $0) }
    }

    /// What is wrong with a link; nil when it may be claimed. Spends nothing.
    package func refusal(of token: String, at now: Instant) async throws -> SetupRefusal? {
        try await database.read { transaction in
            if case .failure(let refusal) = try find(token, in: transaction, at: now) { refusal } else { nil }
        }
    }

    /// Who the first owner is, and of what.
    package struct Request: Sendable {
        package let email: EmailAddress
        package let name: String
        package let organization: String
        /// Nil: made of the organization's name.
        package let slug: String?

        /// - Parameters: as they were checked by `EmailAddress`, `User.name(from:)`, `Organization.name(from:)` and
        ///   `Organization.isSlug(_:)`.
        package init(email: EmailAddress, name: String, organization: String, slug: String?) {
            (self.email, self.name, self.organization, self.slug) = (email, name, organization, slug)
        }
    }

    /// The first owner, signed in.
    package struct Claimed: Sendable {
        /// For the cookie.
        package let session: OneTimeSecret
        package let user: User
        package let organization: Organization.ID
    }

    /// Makes the first user, their organization and their session. The address is not proven by this: it is when the
    /// first mail is answered.
    package func claim(
        _ token: String, _ request: Request, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<Claimed, SetupRefusal> {
        try await database.write { transaction in
            switch try find(token, in: transaction, at: now) {
            case .failure(let refusal): return .failure(refusal)
            case .success(let link):
                if let slug = request.slug, try Organization.find(slug: slug, in: transaction) != nil {
                    return .failure(.slugTaken)
                }
                guard try link.claim(in: transaction, at: now) else { return .failure(.over) }
                return .success(try found(request, by: link, in: transaction, at: now, from: origin))
            }
        }
    }

    private func find(
        _ token: String, in transaction: Transaction, at now: Instant
    ) throws -> Result<SetupLink, SetupRefusal> {
        let isOver = try SetupLink.isOver(in: transaction)
        guard let token = OneTimeSecret(token, prefix: Self.tokenPrefix),
            let link = try SetupLink.find(token, in: transaction)
        else { return .failure(isOver ? .over : .unknown) }
        return link.refusal(isOver: isOver, at: now).map(Result.failure) ?? .success(link)
    }

    private func found(
        _ request: Request, by link: SetupLink, in transaction: Transaction, at now: Instant,
        from origin: RequestOrigin
    ) throws -> Claimed {
        let user = try users.create(
            request.email, name: request.name, isVerified: false, in: transaction, at: now, from: origin)
        let organization = try organizations.create(
            name: request.organization, slug: request.slug, owner: user.id, in: transaction, at: now, from: origin)
        let event = AuditEvent(
            .setupLinkClaimed, organization: organization, user: user.id,
            detail: ["link": link.id.description].changing(from: "waiting", to: "claimed"))
        try audit.record(event, in: transaction, at: now, from: origin)
        // No other link will ever be good again.
        _ = try transaction.run("DELETE FROM setup_links")
        let session = try sessions.begin(for: user.id, amr: Self.amr, in: transaction, at: now, from: origin)
        return Claimed(session: session, user: user, organization: organization)
    }
}
