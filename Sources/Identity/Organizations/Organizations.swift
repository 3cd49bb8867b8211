import Database
package import JOSE

/// Organizations and who belongs to them.
package struct Organizations: Sendable {
    let database: Database
    let random: RandomSource
    let audit: AuditTrail
    let logins: Logins

    /// The organizations a user belongs to, the one joined first at the head.
    package func memberships(of user: User.ID) async throws -> [Membership] {
        try await database.read { try Membership.all(of: user, in: $0) }
    }

    package func membership(of user: User.ID, in organization: Organization.ID) async throws -> Membership? {
        try await database.read { try Membership.find(user, in: organization, $0) }
    }

    /// Founds an organization in the name of a person, who becomes its owner. Its plan is `free`.
    ///
    /// - Parameter slug: nil: made of the name.
    package func found(
        name: String, slug: String?, by founder: Login, at now: Instant, from origin: RequestOrigin,
        recording: Recording<Membership> = .none
    ) async throws -> Result<Membership, OrganizationRefusal> {
        try await database.write { transaction in
            let actor = try logins.require(founder, in: transaction, at: now)
            let founder = actor.user.id
            let owned = try transaction.row(
                "SELECT COUNT(*) FROM memberships WHERE user_id = ? AND role = 'owner'", .id(founder))
            guard try owned?.integer(0) ?? 0 < Organization.maximumOwned else { return .failure(.tooManyOrganizations) }
            if let slug, try Organization.find(slug: slug, in: transaction) != nil { return .failure(.slugTaken) }
            let id = try create(
                name: name, slug: slug, owner: founder, by: actor, in: transaction, at: now, from: origin)
            guard let membership = try Membership.find(founder, in: id, transaction) else {
                throw DatabaseFailure.misuse("an organization was founded without its founder")
            }
            try recording.record(membership, in: transaction)
            return .success(membership)
        }
    }

    /// Gives an organization another name. Its slug stays: other systems know it by that.
    package func rename(
        _ organization: Organization.ID, to name: String, by actor: Login, at now: Instant,
        from origin: RequestOrigin, recording: Recording<Membership> = .none
    ) async throws -> Result<Membership, OrganizationRefusal> {
        try await database.write { transaction in
            let actor = try logins.require(actor, of: organization, in: transaction, at: now)
            guard var membership = try Membership.find(actor.user.id, in: organization, transaction) else {
                return .failure(.unknown)
            }
            guard membership.role.may(.rename) else { return .failure(.notAllowed(.rename)) }
            let before = membership.organization.name
            if before != name {
                try transaction.changeOne(
                    "UPDATE organizations SET name = ? WHERE id = ?", .text(name), .id(organization))
                let event = AuditEvent(
                    .organizationRenamed, organization: organization, by: actor,
                    detail: ["before": before, "after": name])
                try audit.record(event, in: transaction, at: now, from: origin)
                membership.organization.name = name
            }
            try recording.record(membership, in: transaction)
            return .success(membership)
        }
    }

    /// Puts an organization on another plan. For the operator: no member may, whatever their role.
    package func changePlan(
        of organization: Organization.ID, to plan: Organization.Plan, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<Organization, OrganizationRefusal> {
        try await database.write { transaction in
            guard var found = try Organization.find(organization, in: transaction) else { return .failure(.unknown) }
            let before = found.plan
            guard before != plan else { return .success(found) }
            try transaction.changeOne(
                "UPDATE organizations SET plan = ? WHERE id = ?", .text(plan.rawValue), .id(organization))
            let event = AuditEvent(
                .organizationPlanChanged, organization: organization,
                detail: ["before": before.rawValue, "after": plan.rawValue])
            try audit.record(event, in: transaction, at: now, from: origin)
            found.plan = plan
            return .success(found)
        }
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
        by login: LivingLogin? = nil, in transaction: Transaction, at now: Instant, from origin: RequestOrigin
    ) throws -> Organization.ID {
        let slug = try slug ?? freeSlug(for: name, in: transaction)
        let id = try transaction.insert(Organization.self, at: now, random: random) { id in
            try transaction.run(
                """
                INSERT INTO organizations (id, slug, name, plan, created_at)
                VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
                """, .id(id), .text(slug), .text(name), .text(plan.rawValue), .time(now))
        }
        let detail = ["after.name": name, "after.plan": plan.rawValue, "after.slug": slug]
        let event = event(.organizationCreated, id, of: owner, by: login, detail)
        try audit.record(event, in: transaction, at: now, from: origin)
        if let owner {
            try join(id, owner, as: .owner, by: login, in: transaction, at: now, from: origin)
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
        _ organization: Organization.ID, _ user: User.ID, as role: Role, by login: LivingLogin? = nil,
        in transaction: Transaction, at now: Instant, from origin: RequestOrigin
    ) throws {
        let made = try transaction.run(
            """
            INSERT INTO memberships (user_id, organization_id, role, created_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (user_id, organization_id) DO NOTHING
            """, .id(user), .id(organization), .text(role.rawValue), .time(now))
        guard made == 1 else { return }
        let event = event(.membershipCreated, organization, of: user, by: login, ["after": role.rawValue])
        try audit.record(event, in: transaction, at: now, from: origin)
    }

    /// What someone does by a login, or what is done for them before they have one.
    private func event(
        _ kind: AuditEvent.Kind, _ organization: Organization.ID, of user: User.ID?, by login: LivingLogin?,
        _ detail: [String: String]
    ) -> AuditEvent {
        login.map { AuditEvent(kind, organization: organization, by: $0, detail: detail) }
            ?? AuditEvent(kind, organization: organization, user: user, detail: detail)
    }

    private func freeSlug(for name: String, in transaction: Transaction) throws -> String {
        let plain = Organization.slug(from: name)
        if try Organization.find(slug: plain, in: transaction) == nil { return plain }
        // 64 random bits end every quarrel over a name; the UNIQUE column has the last word.
        return plain + "-" + Crockford.encode(Int64(bitPattern: random.uint64()) & .max)
    }
}

extension Organization {
    /// Names follow the rule of people's names.
    package static func name(from typed: String) -> String? { User.name(from: typed) }
}

extension Organizations {
    /// Without the rest of the domain: for what is run beside a server, or before it.
    init(_ database: Database, random: RandomSource) {
        let audit = AuditTrail(database: database, random: random)
        let resourceServers = ResourceServers(database: database, random: random, audit: audit)
        self.init(
            database: database, random: random, audit: audit, logins: Logins(resourceServers: resourceServers))
    }
}
