import Database
import JOSE
import Testing

@testable import Identity

@Suite("Organizations")
struct OrganizationTests {
    @Test(
        "have a slug made of their name",
        arguments: [
            ("Demo", "demo"), ("Ada’s workspace", "ada-s-workspace"), ("  A  &  B ", "a-b"), ("日本", "workspace"),
            ("", "workspace"), ("---", "workspace"), ("R2-D2", "r2-d2"), ("Ünder", "uender"), ("İ", "i"),
            ("Ärzte & Söhne", "aerzte-soehne"), ("A\u{308}rzte & So\u{308}hne", "aerzte-soehne"),
            ("GROẞE STRASSE", "grosse-strasse"),
            ("Café Zoë", "cafe-zoe"), ("Cafe\u{301} Zoe\u{308}", "cafe-zoe"), ("Łódź", "lodz"),
            ("Þórr Ægir", "thorr-aegir"),
            ("Škoda Œuvre", "skoda-oeuvre"),
            (String(repeating: "a", count: 60), String(repeating: "a", count: 40)),
            (String(repeating: "a", count: 39) + " b", String(repeating: "a", count: 39)),
        ])
    func slug(name: String, slug: String) {
        #expect(Organization.slug(from: name) == slug)
    }

    @Test(
        "with a name that is taken get a slug of their own; a slug asked for is that one or none", arguments: Engine.all
    )
    func takenSlug(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        let organizations = world.provider.organizations
        for _ in 0..<3 {
            _ = try await organizations.create(
                name: "Acme", owner: ada.user.id, at: .start + .seconds(1), from: .desk)
        }
        let slugs = try await organizations.memberships(of: ada.user.id).map(\.organization.slug).dropFirst()
        #expect(Set(slugs).count == 3)
        #expect(slugs.contains("acme"))
        #expect(slugs.allSatisfy { $0.wholeMatch(of: /acme(-[0-9a-z]{13})?/) != nil })
        await #expect(throws: DatabaseFailure.self) {
            _ = try await organizations.create(name: "Other", slug: "acme", owner: nil, at: .start, from: .desk)
        }
    }

    @Test("are joined once: whoever is a member already keeps the role they have", arguments: Engine.all)
    func joining(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, bob) = (try await world.visitor(), try await world.visitor("bob@example.com"))
        let organizations = world.provider.organizations
        let before = try await world.tally()
        for role in [Role.viewer, .owner, .admin] {
            try await organizations.join(ada.organization.id, bob.user.id, as: role, at: .start, from: .desk)
        }
        #expect(try await organizations.membership(of: bob.user.id, in: ada.organization.id)?.role == .viewer)
        #expect(try await world.events(since: before) == [.membershipCreated: 1])
        await #expect(throws: DatabaseFailure.self) {
            try await organizations.join(.init(rawValue: 1), bob.user.id, as: .member, at: .start, from: .desk)
        }
    }

    @Test(
        "have slugs of lower-case letters, digits and single hyphens",
        arguments: [
            ("acme", true), ("a", true), ("a-1", true), ("", false), ("-a", false), ("a-", false), ("a--b", false),
            ("Acme", false), ("a_b", false), ("a b", false), ("é", false), (String(repeating: "a", count: 40), true),
            (String(repeating: "a", count: 41), false),
        ])
    func slugRule(slug: String, isGood: Bool) {
        #expect(Organization.isSlug(slug) == isGood)
    }

    @Test("are founded by a person, who owns them, up to twenty", arguments: Engine.all)
    func founding(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, organizations) = (try await world.visitor(), world.provider.organizations)
        @Sendable func found(_ slug: String?) async throws -> Result<Membership, OrganizationRefusal> {
            try await organizations.found(name: "Acme", slug: slug, by: ada.login, at: .start, from: .desk)
        }
        let first = try await found("acme").get()
        #expect(first.role == .owner && first.organization.slug == "acme" && first.organization.plan == .free)
        #expect(try await found("acme").refusal == .slugTaken)
        let races = try await inParallel(8) { _ in try await found("raced") }
        #expect(races.filter { $0.refusal == nil }.count == 1)
        #expect(races.compactMap(\.refusal).allSatisfy { $0 == .slugTaken })
        while try await organizations.memberships(of: ada.user.id).count < 20 {
            #expect(try await found(nil).refusal == nil)
        }
        #expect(try await found(nil).refusal == .tooManyOrganizations)
    }

    @Test("are renamed by who may, with the former name in the event; the slug stays", arguments: Engine.all)
    func renaming(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, bob) = (try await world.visitor(), try await world.visitor("bob@example.com"))
        let (organizations, id) = (world.provider.organizations, ada.organization.id)
        func rename(_ actor: Visitor) async throws -> Result<Membership, OrganizationRefusal> {
            try await organizations.rename(id, to: "New", by: actor.login, at: .start, from: .desk)
        }
        #expect(try await rename(bob).refusal == .unknown)
        try await world.join(bob, id, as: .member)
        #expect(try await rename(bob).refusal == .notAllowed(.rename))
        let renamed = try await rename(ada).get().organization
        #expect(renamed.name == "New" && renamed.slug == ada.organization.slug)
        let event = try #require(try await world.events().last { $0.kind == .organizationRenamed })
        #expect(event.detail == #"{"after":"New","before":"\#(ada.organization.name)","session":"\#(ada.login)"}"#)
        _ = try await rename(ada)
        #expect(try await world.count(.organizationRenamed) == 1)
    }

    @Test("are put on another plan by the operator, with one event", arguments: Engine.all)
    func plan(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, organizations) = (try await world.visitor(), world.provider.organizations)
        for _ in 0..<2 {
            let changed = try await organizations.changePlan(
                of: ada.organization.id, to: .business, at: .start, from: .server)
            #expect(try changed.get().plan == .business)
        }
        #expect(try await organizations.memberships(of: ada.user.id).first?.organization.plan == .business)
        #expect(try await world.count(.organizationPlanChanged) == 1)
        let unknown = try await organizations.changePlan(
            of: .init(rawValue: 1), to: .free, at: .start, from: .server)
        #expect(unknown.refusal == .unknown)
    }

    @Test("of a person are listed with the one joined first at the head", arguments: Engine.all)
    func order(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        var expected = [ada.organization.id]
        for second in 1...3 {
            expected.append(
                try await world.provider.organizations.create(
                    name: "N\(second)", plan: .pro, owner: ada.user.id, at: .start + .seconds(second), from: .desk))
        }
        let memberships = try await world.provider.organizations.memberships(of: ada.user.id)
        #expect(memberships.map(\.organization.id) == expected)
        #expect(memberships.map(\.organization.plan) == [.free, .pro, .pro, .pro])
        #expect(memberships.allSatisfy { $0.role == .owner })
    }
}
