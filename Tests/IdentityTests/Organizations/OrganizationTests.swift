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
            ("", "workspace"), ("---", "workspace"), ("R2-D2", "r2-d2"), ("Ünder", "nder"), ("İ", "i"),
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

    @Test("are left at once, with one event", arguments: Engine.all)
    func leaving(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        let organizations = world.provider.organizations
        let before = try await world.tally()
        for _ in 0..<2 {
            try await organizations.leave(ada.organization.id, ada.user.id, at: .start, from: .desk)
        }
        #expect(try await organizations.memberships(of: ada.user.id).isEmpty)
        #expect(try await world.events(since: before) == [.membershipEnded: 1])
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
