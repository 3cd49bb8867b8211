import Database
import JOSE
import Testing

@testable import Identity

@Suite("The audit of an organization")
struct AuditLogTests {
    private static let everything = Page(limit: 200) ?? .first

    /// All that an admin finds, the newest first.
    private func found(
        _ world: World, _ filter: AuditFilter = AuditFilter(), by admin: Visitor
    ) async throws -> [AuditRecord] {
        try await world.provider.auditLog.list(
            Self.everything, filter, of: admin.organization.id, by: admin.user.id
        ).get().items
    }

    @Test("tells what was before a change and what is after it, for every change of a value", arguments: Engine.all)
    func beforeAndAfter(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, actor) = try await world.admin()
        let (provider, id) = (world.provider, ada.organization.id)
        let bob = try await world.visitor("bob@example.com")
        _ = try await provider.organizations.rename(id, to: "Acme", by: ada.login, at: .start, from: .desk).get()
        let token = try await world.invite("bob@example.com", to: id, by: ada)
        _ = try await provider.invitationAcceptance.accept(
            .token(token), by: bob.login, at: .start, from: .desk
        ).get()
        _ = try await provider.members.changeRole(
            of: bob.user.id, to: .admin, in: id, by: ada.login, at: .start, from: .desk
        ).get()
        _ = try await provider.members.remove(bob.user.id, from: id, by: ada.login, at: .start, from: .desk).get()
        let given = try await world.mint(by: actor).get()
        let tokenID = given.listed.token.id
        _ = try await provider.apiTokens.rename(tokenID, to: "Deploy", by: actor, at: .start, from: .desk).get()
        let rotated = try await world.rotate(given, by: actor).get()
        _ = try await provider.apiTokens.revoke(tokenID, by: actor, at: .start, from: .desk).get()

        let records = try await found(world, by: ada)
        func change(_ kind: AuditEvent.Kind) -> [JSONObject] {
            records.filter { $0.event == kind.rawValue }.prefix(1).flatMap { [$0.before, $0.after] }
        }
        func object(_ name: String, _ value: String) -> JSONObject { [name: .string(value)] }
        let none = JSONObject()
        let founded = try #require(change(.organizationCreated).last)
        #expect(founded["name"]?.string == ada.organization.name && founded["plan"]?.string == "free")
        #expect(founded["slug"]?.string == ada.organization.slug)
        #expect(change(.organizationRenamed) == [object("name", ada.organization.name), object("name", "Acme")])
        #expect(change(.organizationPlanChanged) == [object("plan", "free"), object("plan", "business")])
        #expect(change(.invitationCreated) == [none, object("state", "waiting")])
        #expect(change(.invitationAccepted) == [object("state", "waiting"), object("state", "accepted")])
        #expect(change(.membershipRoleChanged) == [object("role", "member"), object("role", "admin")])
        #expect(change(.membershipEnded) == [object("role", "admin"), none])
        #expect(change(.apiTokenRenamed) == [object("label", "CI"), object("label", "Deploy")])
        let secrets = [given, rotated].map { object("last_four", $0.listed.token.lastFour) }
        #expect(change(.apiTokenRotated) == secrets)
        #expect(change(.apiTokenRevoked) == [object("status", "active"), object("status", "revoked")])
        let bobsID = bob.user.id.description
        let joined = try #require(records.first { $0.event == "membership.created" && $0.actor.id == bobsID })
        #expect(joined.after == object("role", "member"))
    }

    @Test("tells who did it, with which login, in which request, from where", arguments: Engine.all)
    func facts(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, actor) = try await world.admin()
        let given = try await world.mint(by: actor).get()
        _ = try await world.use(given.secret).get()
        try await world.provider.apiTokens.flushUses()
        let records = try await found(world, AuditFilter(events: [.apiTokenIssued, .apiTokenUsed]), by: ada)
        // Both happened in one millisecond, in which the order of identifiers is chance.
        let issued = try #require(records.first { $0.event == "API_TOKEN_ISSUED" }).json
        #expect(issued["actor"]?.object?["email"]?.string == "ada@example.com")
        #expect(issued["organization"]?.string == ada.organization.id.description)
        #expect(issued["token"]?.string == given.listed.token.id.description)
        #expect(issued["grant"]?.string == actor.grant?.description)
        #expect(issued["client"]?.string == Client.commandLine)
        #expect(issued["request_id"]?.string == "req_desk" && issued["address"]?.string == "192.0.2.7")
        #expect(issued["before"] == .null && issued["after"]?.object?["label"]?.string == "CI")
        let used = try #require(records.first { $0.event == "API_TOKEN_USED" })
        #expect(used.actor == .apiToken(given.listed.token.id.description))
        #expect(!String(decoding: JSONValue.object(issued).serialized(), as: UTF8.self).contains(given.secret))
    }

    @Test("is filtered by event, time and text, each and all together", arguments: Engine.all)
    func filters(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, _) = try await world.admin()
        let id = ada.organization.id
        for (index, name) in ["One", "50% off_er!", "Three"].enumerated() {
            _ = try await world.provider.organizations.rename(
                id, to: name, by: ada.login, at: .start + .seconds(10 * (index + 1)), from: .desk
            ).get()
        }
        let renamed = [AuditEvent.Kind.organizationRenamed]
        func names(_ filter: AuditFilter) async throws -> [String] {
            try await found(world, filter, by: ada).compactMap { $0.after["name"]?.string }
        }
        #expect(try await names(AuditFilter(events: renamed)) == ["Three", "50% off_er!", "One"])
        #expect(try await names(AuditFilter(events: renamed, since: .start + .seconds(20))).count == 2)
        #expect(try await names(AuditFilter(events: renamed, until: .start + .seconds(20))) == ["One"])
        #expect(
            try await names(AuditFilter(since: .start + .seconds(20), until: .start + .seconds(30))) == ["50% off_er!"])
        #expect(try await names(AuditFilter(search: "% OFF_")).contains("50% off_er!"))
        // What stands for anything in LIKE stands for itself here.
        #expect(try await names(AuditFilter(search: "T%e")).isEmpty)
        #expect(try await names(AuditFilter(search: "Th_ee")).isEmpty)
        #expect(try await names(AuditFilter(search: "off_er!")).count == 2)
        #expect(try await names(AuditFilter(events: renamed, search: "ADA@example")).count == 3)
        #expect(try await names(AuditFilter(events: renamed, search: ada.user.id.description)).count == 3)
        #expect(try await names(AuditFilter(events: renamed, search: "req_desk")).count == 3)
        let one = try #require(try await found(world, AuditFilter(events: renamed), by: ada).first)
        #expect(try await found(world, AuditFilter(search: one.id.description), by: ada).map(\.id) == [one.id])
        #expect(try await names(AuditFilter(events: [.membershipEnded])).isEmpty)
        let all = try await found(world, AuditFilter(events: AuditEvent.Kind.ofOrganizations), by: ada).count
        #expect(try await found(world, by: ada).count == all)
    }

    @Test("comes in pages that add up, and in batches that do too", arguments: Engine.all)
    func pages(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, _) = try await world.admin()
        let (log, id) = (world.provider.auditLog, ada.organization.id)
        let audit = world.provider.audit
        try await world.database.write { transaction in
            for index in 0..<Int(AuditLog.batchSize) {
                let event = AuditEvent(.organizationRenamed, organization: id, detail: ["after": "\(index)"])
                try audit.record(event, in: transaction, at: .start + .seconds(index), from: .server)
            }
        }
        let first = try #require(Page(number: 1, limit: 200))
        let total = try await log.list(first, AuditFilter(), of: id, by: ada.user.id).get().total
        var seen: [AuditEvent.ID] = []
        for number in 1...3 {
            let page = try #require(Page(number: Int64(number), limit: 200))
            seen += try await log.list(page, AuditFilter(), of: id, by: ada.user.id).get().items.map(\.id)
        }
        #expect(Set(seen).count == Int(total) && seen == seen.sorted().reversed())
        let batch = try await log.batch(after: nil, AuditFilter(), of: id, by: ada.user.id).get()
        #expect(batch.count == 500)
        let rest = try await log.batch(after: batch.last?.id, AuditFilter(), of: id, by: ada.user.id).get()
        #expect((batch + rest).map(\.id) == seen.sorted())
    }

    @Test("is for its own owners and admins: nobody else, and nothing of another organization", arguments: Engine.all)
    func tenants(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, _) = try await world.admin()
        let (eve, _) = try await world.admin("eve@example.com")
        _ = try await world.provider.organizations.rename(
            ada.organization.id, to: "Canary", by: ada.login, at: .start, from: .desk)
        let log = world.provider.auditLog
        let page = try await log.list(.first, AuditFilter(), of: ada.organization.id, by: eve.user.id)
        #expect(page.refusal == .unknown)
        let batch = try await log.batch(after: nil, AuditFilter(), of: ada.organization.id, by: eve.user.id)
        #expect(batch.refusal == .unknown)
        for filter in [AuditFilter(), AuditFilter(search: "Canary"), AuditFilter(search: ada.user.id.description)] {
            let records = try await found(world, filter, by: eve)
            #expect(records.allSatisfy { $0.organization == eve.organization.id })
        }
        let bob = try await world.visitor("bob@example.com")
        for role in [Role.member, .viewer] {
            try await world.loseMembership(bob)
            try await world.join(bob, ada.organization.id, as: role)
            let refused = try await log.list(.first, AuditFilter(), of: ada.organization.id, by: bob.user.id)
            #expect(refused.refusal == .notAllowed(.readAudit))
            try await world.tamper(
                "DELETE FROM memberships WHERE user_id = ?", .integer(bob.user.id.rawValue))
        }
    }

    @Test("what cannot be told in it is not done: the change is undone with its event", arguments: Engine.all)
    func writeThatCannotBeAudited(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, actor) = try await world.admin()
        let (provider, id) = (world.provider, ada.organization.id)
        let bob = try await world.visitor("bob@example.com")
        try await world.join(bob, id, as: .member)
        let given = try await world.mint(by: actor).get()
        let audit = try await world.brokenAudit()
        let tokens = APITokens(
            database: world.database, random: .system, keys: .first, audit: audit,
            resourceServers: provider.resourceServers, logins: provider.logins, plans: .standard, uses: APITokenUses())
        let organizations = Organizations(
            database: world.database, random: .system, audit: audit, logins: provider.logins)
        let members = Members(
            database: world.database, audit: audit, grants: provider.grants, notices: provider.apiTokenNotices,
            logins: provider.logins)
        let stepUps = StepUps(
            database: world.database, keys: .first, audit: audit, refusals: provider.stepUps.refusals)
        let apps = AuthenticatorApps(
            database: world.database, random: .system, keys: .first, issuer: World.issuer, audit: audit,
            stepUps: stepUps, notices: provider.authenticatorApps.notices, logins: provider.logins)
        let token = given.listed.token.id
        let changes: [@Sendable () async throws -> Void] = [
            { _ = try await organizations.rename(id, to: "Eve", by: ada.login, at: .start, from: .desk) },
            {
                _ = try await members.changeRole(
                    of: bob.user.id, to: .admin, in: id, by: ada.login, at: .start, from: .desk)
            },
            { _ = try await members.remove(bob.user.id, from: id, by: ada.login, at: .start, from: .desk) },
            { _ = try await tokens.mint(.example, by: actor, at: .start, from: .desk) },
            { _ = try await tokens.rename(token, to: "Eve", by: actor, at: .start, from: .desk) },
            { _ = try await tokens.rotate(token, overlap: .zero, by: actor, at: .start, from: .desk) },
            { _ = try await tokens.revoke(token, by: actor, at: .start, from: .desk) },
            { _ = try await apps.enrol(by: ada.login, stepUp: nil, at: .start, from: .desk) },
        ]
        let before = try await world.state()
        for change in changes {
            await #expect(throws: DatabaseFailure.self) { try await change() }
            #expect(try await world.state() == before)
        }
    }
}

extension AuditRecord.Actor {
    fileprivate var id: String? {
        switch self {
        case .user(let id, _, _): id.description
        case .apiToken(let id): id
        case .server: nil
        }
    }
}

extension World {
    /// An audit that cannot write: it draws one identifier only, and it is taken.
    func brokenAudit() async throws -> AuditTrail {
        let constant = RandomSource { $0.initializeMemory(as: UInt8.self, repeating: 0) }
        let audit = AuditTrail(database: database, random: constant)
        try await database.write { try audit.record(AuditEvent(.userEnabled), in: $0, at: .start, from: .server) }
        return audit
    }

    /// Every value that a change of an organization, a token or a second factor would change.
    fileprivate func state() async throws -> [String] {
        try await database.read { transaction in
            try [
                "SELECT name FROM organizations ORDER BY id",
                "SELECT role FROM memberships ORDER BY created_at, user_id",
                "SELECT label || last_four || CAST(COALESCE(revoked_at, 0) AS TEXT) FROM api_tokens ORDER BY id",
                "SELECT state FROM totp_secrets ORDER BY id", "SELECT event FROM audit_events ORDER BY id",
            ].flatMap { sql in try transaction.rows(sql).map { try $0.text(0) } + ["|"] }
        }
    }
}
