import Database
package import JOSE

/// Organizations and who belongs to them.
package struct Organizations: Sendable {
    let database: Database
    let random: RandomSource
    let audit: AuditTrail

    /// The organizations a user belongs to, the one joined first at the head.
    package func memberships(of user: User.ID) async throws -> [Membership] {
        try await database.read { try Membership.all(of: user, in: $0) }
    }

    package func membership(of user: User.ID, in organization: Organization.ID) async throws -> Membership? {
        try await database.read { try Membership.find(user, in: organization, $0) }
    }

    /// Founds an organization with its first owner. Its slug is made of its name, with random letters where taken.
    package func create(
        name: String, slug: String? = nil, plan: Organization.Plan = .free, owner: User.ID?, at now: Instant,
        from origin: RequestOrigin
    ) async throws -> Organization.ID {
        try await database.write { transaction in
            try create(
                name: name, slug: slug, plan: plan, owner: owner, in: transaction, at: now, from: origin)
        }
    }

    func create(
        name: String, slug: String? = nil, plan: Organization.Plan = .free, owner: User.ID?,
        in transaction: Transaction, at now: Instant, from origin: RequestOrigin
    ) throws -> Organization.ID {
        let slug = try slug ?? freeSlug(for: name, in: transaction)
        let id = try transaction.insert(Organization.self, at: now, random: random) { id in
            try transaction.run(
                """
                INSERT INTO organizations (id, slug, name, plan, created_at)
                VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
                """, .id(id), .text(slug), .text(name), .text(plan.rawValue), .time(now))
        }
        let event = AuditEvent(
            .organizationCreated, organization: id, user: owner, detail: ["name": name, "slug": slug])
        try audit.record(event, in: transaction, at: now, from: origin)
        if let owner {
            try join(id, owner, as: .owner, in: transaction, at: now, from: origin)
        }
        return id
    }

    /// Makes a user a member. A member already keeps the role they have.
    package func join(
        _ organization: Organization.ID, _ user: User.ID, as role: Role, at now: Instant, from origin: RequestOrigin
    ) async throws {
        try await database.write { transaction in
            try join(organization, user, as: role, in: transaction, at: now, from: origin)
        }
    }

    func join(
        _ organization: Organization.ID, _ user: User.ID, as role: Role, in transaction: Transaction,
        at now: Instant, from origin: RequestOrigin
    ) throws {
        let made = try transaction.run(
            """
            INSERT INTO memberships (user_id, organization_id, role, created_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (user_id, organization_id) DO NOTHING
            """, .id(user), .id(organization), .text(role.rawValue), .time(now))
        guard made == 1 else { return }
        let event = AuditEvent(
            .membershipCreated, organization: organization, user: user, detail: ["role": role.rawValue])
        try audit.record(event, in: transaction, at: now, from: origin)
    }

    /// Ends a membership. Grants of the user in this organization answer nothing from this moment.
    package func leave(
        _ organization: Organization.ID, _ user: User.ID, at now: Instant, from origin: RequestOrigin
    ) async throws {
        try await database.write { transaction in
            let ended = try transaction.run(
                "DELETE FROM memberships WHERE user_id = ? AND organization_id = ?", .id(user), .id(organization))
            guard ended == 1 else { return }
            let event = AuditEvent(.membershipEnded, organization: organization, user: user)
            try audit.record(event, in: transaction, at: now, from: origin)
        }
    }

    private func freeSlug(for name: String, in transaction: Transaction) throws -> String {
        let plain = Organization.slug(from: name)
        if try Organization.find(slug: plain, in: transaction) == nil { return plain }
        // 64 random bits end every quarrel over a name; the UNIQUE column has the last word.
        return plain + "-" + Crockford.encode(Int64(bitPattern: random.uint64()) & .max)
    }
}

extension Organization {
    /// Lower-case letters and digits of a name, joined by hyphens; `workspace` when nothing is left.
    static func slug(from name: String) -> String {
        let words = name.lowercased().unicodeScalars.split { !("a"..."z" ~= $0 || "0"..."9" ~= $0) }
        let slug = words.map { String(String.UnicodeScalarView($0)) }.joined(separator: "-").prefix(40)
        let trimmed = slug.hasSuffix("-") ? slug.dropLast() : slug
        return trimmed.isEmpty ? "workspace" : String(trimmed)
    }
}
