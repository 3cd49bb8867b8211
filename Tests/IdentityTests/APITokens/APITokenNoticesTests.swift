import Database
import JOSE
import Testing

@testable import Identity

@Suite("Mail about API tokens")
struct APITokenNoticesTests {
    private static let day = Duration.seconds(86_400)

    private func send(_ world: World, after days: Double) async throws -> Int {
        try await world.provider.apiTokenNotices.send(at: .start + .seconds(days * 86_400))
    }

    /// The mail about API tokens in the queue, which is then empty. That by which people signed in is of no interest.
    private func letters(_ world: World, after days: Double) async throws -> [MailMessage] {
        let outbox = Outbox()
        _ = try await world.provider.mail.deliver(by: outbox, at: .start + .seconds(days * 86_400))
        return outbox.sent.filter { $0.subject != "Sign in" }
    }

    /// Recipients, subjects and labels of that mail.
    private func delivered(_ world: World, after days: Double = 0) async throws -> Set<String> {
        let letters = try await letters(world, after: days)
        #expect(Set(letters).count == letters.count, "nobody is told the same twice")
        return Set(letters.map { "\($0.recipient) \($0.subject) \($0.text)" })
    }

    private func mint(
        _ world: World, _ label: String, _ days: Int64?, by actor: APITokens.Actor
    ) async throws -> APITokens.Given {
        let minting = Minting(label: label, access: .full, lifetime: days.map { .seconds($0 * 86_400) })
        return try await world.mint(minting, by: actor).get()
    }

    @Test("30, 7 and 1 days before the end, each once, to the minute", arguments: Engine.all)
    func thresholds(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, ada) = try await world.admin()
        _ = try await mint(world, "CI", 90, by: ada)
        for (days, count) in [
            (59.999, 0), (60, 1), (60.5, 0), (82.999, 0), (83, 1), (88.999, 0), (89, 1), (89.9, 0), (90, 0), (200, 0),
        ] {
            #expect(try await send(world, after: days) == count, "after \(days) days")
            let mail = try await delivered(world, after: days)
            #expect(mail == (count == 0 ? [] : ["ada@example.com expiring CI"]), "after \(days) days")
        }
    }

    @Test("what was missed while no server ran is not made up for: the nearest threshold alone", arguments: Engine.all)
    func missed(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, ada) = try await world.admin()
        _ = try await mint(world, "CI", 90, by: ada)
        #expect(try await send(world, after: 86) == 1)
        #expect(try await send(world, after: 87) == 0)
    }

    @Test(
        "nothing in the first half of a life: who made a token to live briefly knows",
        arguments: [
            (2, []), (3, [1]), (7, [1]), (14, [1]), (15, [7, 1]), (30, [7, 1]), (60, [7, 1]), (61, [30, 7, 1]),
        ] as [(Int64, [Int64])])
    func brief(life: Int64, leads: [Int64]) async throws {
        let world = try await World(.sqlite)
        let (_, ada) = try await world.admin()
        _ = try await mint(world, "CI", life, by: ada)
        var told: [Int64] = []
        for day in 0..<life where try await send(world, after: Double(day)) > 0 { told.append(life - day) }
        #expect(told == leads)
    }

    @Test("90 days unused, since it was made, used or rotated last: once, and for ever", arguments: Engine.all)
    func unused(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, ada) = try await world.admin()
        let used = try await mint(world, "used", nil, by: ada)
        _ = try await mint(world, "idle", nil, by: ada)
        _ = try await world.use(used.secret, at: .start + Self.day * 10).get()
        try await world.provider.apiTokens.flushUses()
        #expect(try await send(world, after: 89.99) == 0)
        #expect(try await send(world, after: 90) == 1)
        #expect(try await delivered(world, after: 90) == ["ada@example.com unused idle"])
        #expect(try await send(world, after: 99.99) == 0)
        #expect(try await send(world, after: 100) == 1)
        #expect(try await delivered(world, after: 100) == ["ada@example.com unused used"])
        #expect(try await send(world, after: 900) == 0)
    }

    @Test("nothing of one that is over or whose plan has no API tokens", arguments: Engine.all)
    func over(engine: Engine) async throws {
        let world = try await World(engine)
        let (visitor, ada) = try await world.admin()
        let revoked = try await mint(world, "revoked", 365, by: ada)
        _ = try await mint(world, "expired", 80, by: ada)
        try await world.provider.apiTokens.revoke(revoked.listed.token.id, by: ada, at: .start, from: .desk).get()
        _ = try await mint(world, "suspended", 365, by: ada)
        try await world.put(visitor.organization.id, on: .free)
        for days in [85.0, 100, 340, 364.5] { #expect(try await send(world, after: days) == 0, "after \(days) days") }
        #expect(try await delivered(world, after: 365).isEmpty)
        try await world.put(visitor.organization.id, on: .pro)
        #expect(try await send(world, after: 364.5) == 1)
    }

    @Test(
        "owners and admins are told of all, who made one of theirs while a member, and nobody else",
        arguments: Engine.all)
    func recipients(engine: Engine) async throws {
        let world = try await World(engine)
        let (owner, ada) = try await world.admin()
        let organization = owner.organization.id
        var people: [String: Visitor] = [:]
        for (name, role) in [("bob", Role.admin), ("cleo", .admin), ("dan", .member), ("eve", .admin), ("fay", .admin)]
        {
            let visitor = try await world.visitor("\(name)@example.com")
            try await world.join(visitor, organization, as: role)
            people[name] = visitor.working(in: owner.organization)
        }
        let (cleo, eve, fay) = (
            try #require(people["cleo"]), try #require(people["eve"]), try #require(people["fay"])
        )
        _ = try await mint(world, "A", 365, by: ada)
        _ = try await mint(world, "C", 365, by: try await world.actor(cleo))
        _ = try await mint(world, "E", 365, by: try await world.actor(eve))
        // Who was an admin and is a member is told of what they made; who is disabled, of nothing.
        _ = try await world.provider.members.changeRole(
            of: cleo.user.id, to: .member, in: organization, by: owner.login, at: .start, from: .desk
        ).get()
        try await world.loseMembership(eve)
        try await world.tamper("UPDATE users SET disabled_at = 1 WHERE id = ?", .integer(fay.user.id.rawValue))
        _ = try await send(world, after: 336)
        #expect(
            try await delivered(world, after: 336) == [
                "ada@example.com expiring A C E", "bob@example.com expiring A C E", "cleo@example.com expiring C",
            ])
    }

    @Test("twenty nodes at once tell each of it once", arguments: Engine.all)
    func nodes(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, ada) = try await world.admin()
        for number in 0..<30 { _ = try await mint(world, "T\(number)", number < 10 ? nil : 120, by: ada) }
        let counts = try await inParallel(20) { _ in try await send(world, after: 91) }
        let letters = try await letters(world, after: 91)
        #expect(counts.reduce(0, +) == letters.count)
        let labels = letters.flatMap { $0.text.split(separator: " ") }
        #expect(labels.count == 30 && Set(labels).count == 30)
        #expect(try await world.number("SELECT COUNT(*) FROM api_token_notices") == 30)
    }

    @Test("a letter that cannot be queued is not noted as told, and is told the next time", arguments: Engine.all)
    func together(engine: Engine) async throws {
        let world = try await World(engine)
        let (visitor, ada) = try await world.admin()
        _ = try await mint(world, "CI", nil, by: ada)
        let failing = APITokenNotices(
            database: world.database, mail: world.provider.mail, issuer: World.issuer, plans: .standard,
            compose: { _ in throw DatabaseFailure.misuse("no mail here") })
        await #expect(throws: DatabaseFailure.self) { _ = try await failing.send(at: .start + Self.day * 91) }
        #expect(try await world.number("SELECT COUNT(*) FROM api_token_notices") == 0)
        #expect(try await send(world, after: 91) == 1)
        #expect(visitor.user.email.text == "ada@example.com")
    }

    @Test(
        "who leaves or is removed leaves their tokens, of which the others are told in one mail", arguments: Engine.all)
    func makerGone(engine: Engine) async throws {
        let world = try await World(engine)
        let (owner, _) = try await world.admin()
        let organization = owner.organization
        for (name, remover) in [("bob", owner), ("cleo", nil), ("dan", owner)] as [(String, Visitor?)] {
            let visitor = try await world.visitor("\(name)@example.com").working(in: organization)
            try await world.join(visitor, organization.id, as: .admin)
            if name != "dan" {
                let actor = try await world.actor(visitor)
                let given = try await mint(world, name + "1", nil, by: actor)
                _ = try await mint(world, name + "2", 3, by: actor)
                let revoked = try await mint(world, name + "3", nil, by: actor)
                try await world.provider.apiTokens.revoke(
                    revoked.listed.token.id, by: actor, at: .start, from: .desk
                ).get()
                let now = Instant.start + Self.day * 4
                try await world.provider.members.remove(
                    visitor.user.id, from: organization.id, by: (remover ?? visitor).login, at: now, from: .desk
                ).get()
                #expect(try await world.use(given.secret, at: now).refusal == nil, "the token works on")
                let word = remover == nil ? "left" : "removed"
                #expect(try await delivered(world, after: 4) == ["ada@example.com \(word) \(name)1"])
            } else {
                try await world.provider.members.remove(
                    visitor.user.id, from: organization.id, by: owner.login, at: .start, from: .desk
                ).get()
                #expect(try await delivered(world, after: 4).isEmpty, "there is nothing to tell")
            }
        }
    }

    @Test("a mail names at most fifty tokens, and how many more there are", arguments: Engine.all)
    func many(engine: Engine) async throws {
        let world = try await World(engine)
        let (owner, _) = try await world.admin()
        let bob = try await world.visitor("bob@example.com").working(in: owner.organization)
        try await world.join(bob, owner.organization.id, as: .admin)
        let actor = try await world.actor(bob)
        for number in 0..<53 { _ = try await mint(world, "T\(number)", nil, by: actor) }
        try await world.provider.members.remove(
            bob.user.id, from: owner.organization.id, by: owner.login, at: .start, from: .desk
        ).get()
        let letter = try #require(world.tokenLetters.all.last)
        #expect(letter.tokens.count == 50 && letter.more == 3)
        #expect(letter.link == "\(World.issuer)/organization?id=\(owner.organization.id)#api-tokens")
    }
}
