import JOSE
import Testing

@testable import Identity

@Suite("Members")
struct MembersTests {
    private struct Scene: Sendable {
        let world: World
        let ada: Visitor
        let bob: Visitor
        var id: Organization.ID { ada.organization.id }
        var members: Members { world.provider.members }

        init(_ engine: Engine, bob role: Role) async throws {
            world = try await World(engine)
            ada = try await world.visitor()
            bob = try await world.visitor("bob@example.com")
            try await world.join(bob, ada.organization.id, as: role, at: .start + .seconds(1))
        }

        func change(_ user: Visitor, to role: Role, by actor: Visitor) async throws -> OrganizationRefusal? {
            try await members.changeRole(
                of: user.user.id, to: role, in: id, by: actor.login, at: .start, from: .desk
            ).refusal
        }

        func remove(_ user: Visitor, by actor: Visitor) async throws -> OrganizationRefusal? {
            try await members.remove(user.user.id, from: id, by: actor.login, at: .start, from: .desk).refusal
        }
    }

    @Test("get other roles, with one event that tells before and after", arguments: Engine.all)
    func changing(engine: Engine) async throws {
        let scene = try await Scene(engine, bob: .member)
        let before = try await scene.world.tally()
        #expect(try await scene.change(scene.bob, to: .admin, by: scene.ada) == nil)
        #expect(try await scene.change(scene.bob, to: .admin, by: scene.ada) == nil)
        #expect(try await scene.world.role(of: scene.bob, in: scene.id) == .admin)
        #expect(try await scene.world.events(since: before) == [.membershipRoleChanged: 1])
        let event = try #require(try await scene.world.events().first { $0.kind == .membershipRoleChanged })
        #expect(event.user == scene.ada.user.id && event.organization == scene.id)
        #expect(
            event.detail
                == #"{"after":"admin","before":"member","member":"\#(scene.bob.user.id)","session":"\#(scene.ada.login)"}"#
        )
        #expect(try await scene.change(scene.ada, to: .member, by: scene.bob) == .notAllowed(.changeOwners))
        #expect(try await scene.change(scene.bob, to: .owner, by: scene.bob) == .notAllowed(.changeOwners))
        #expect(try await scene.world.owners(of: scene.id) == 1)
    }

    @Test("hand ownership on: another owner first, then the former steps down", arguments: Engine.all)
    func transfer(engine: Engine) async throws {
        let scene = try await Scene(engine, bob: .member)
        #expect(try await scene.change(scene.ada, to: .admin, by: scene.ada) == .lastOwner)
        #expect(try await scene.remove(scene.ada, by: scene.ada) == .lastOwner)
        #expect(try await scene.change(scene.bob, to: .owner, by: scene.ada) == nil)
        #expect(try await scene.change(scene.ada, to: .viewer, by: scene.ada) == nil)
        #expect(try await scene.world.role(of: scene.ada, in: scene.id) == .viewer)
        #expect(try await scene.change(scene.bob, to: .viewer, by: scene.ada) == .notAllowed(.changeRoles))
    }

    @Test("an owner who is disabled does not count: the last who can sign in stays", arguments: Engine.all)
    func disabledOwner(engine: Engine) async throws {
        let scene = try await Scene(engine, bob: .owner)
        try await scene.world.provider.users.setDisabled(true, scene.bob.user.id, at: .start, from: .server)
        #expect(try await scene.remove(scene.ada, by: scene.ada) == .lastOwner)
        #expect(try await scene.remove(scene.bob, by: scene.ada) == nil)
    }

    @Test("two owners who leave at once: one goes, one stays, each time", arguments: Engine.all)
    func race(engine: Engine) async throws {
        for _ in 0..<10 {
            let scene = try await Scene(engine, bob: .owner)
            let refusals = try await inParallel(2) { index in
                try await scene.remove([scene.ada, scene.bob][index], by: [scene.ada, scene.bob][index])
            }
            #expect(refusals.filter { $0 == nil }.count == 1 && refusals.contains(.lastOwner))
            #expect(try await scene.world.owners(of: scene.id) == 1)
        }
    }

    @Test("two owners who demote each other at once: one owner stays", arguments: Engine.all)
    func demotionRace(engine: Engine) async throws {
        for _ in 0..<10 {
            let scene = try await Scene(engine, bob: .owner)
            _ = try await inParallel(2) { index in
                let pair = [scene.ada, scene.bob]
                return try await scene.change(pair[1 - index], to: .member, by: pair[index])
            }
            #expect(try await scene.world.owners(of: scene.id) == 1)
        }
    }

    @Test(
        "who go take their grants of this organization with them, and no other; each end is told", arguments: Engine.all
    )
    func grants(engine: Engine) async throws {
        let scene = try await Scene(engine, bob: .member)
        let (world, app) = (scene.world, try await scene.world.client())
        let own = try await world.tokens(for: scene.bob, app).refreshToken
        let active = try await world.provider.grants.standing(of: try await world.grant(own).id, at: .start).get()
        let here = try await world.provider.organizationSwitch.switch(
            from: active, to: scene.id.description, at: .start, from: .device
        ).get()
        let grant = try await world.grant(here.refreshToken).id
        let before = try await world.tally()
        #expect(try await scene.remove(scene.bob, by: scene.ada) == nil)
        #expect(try await world.events(since: before) == [.membershipEnded: 1, .grantRevoked: 1])
        #expect(try await world.provider.grants.standing(of: grant, at: .start).refusal == .revoked)
        #expect(try await world.grant(here.refreshToken).revocationReason == .membershipEnded)
        #expect(try await world.refresh(own, by: app, at: .start).refusal == nil)
        try await world.join(scene.bob, scene.id, as: .member)
        #expect(try await world.refresh(here.refreshToken, by: app, at: .start).refusal == .revoked)
    }

    @Test("of an organization that is not one's own are unknown, whatever is asked", arguments: Engine.all)
    func foreign(engine: Engine) async throws {
        let scene = try await Scene(engine, bob: .member)
        let eve = try await scene.world.visitor("eve@example.com")
        let before = try await scene.world.tally()
        #expect(try await scene.change(scene.bob, to: .viewer, by: eve) == .unknown)
        #expect(try await scene.remove(scene.bob, by: eve) == .unknown)
        #expect(try await scene.remove(eve, by: eve) == .unknown)
        #expect(try await scene.remove(eve, by: scene.ada) == .unknown)
        let listed = try await scene.members.list(.first, of: scene.id, by: eve.user.id)
        #expect(listed.refusal == .unknown)
        #expect(try await scene.world.tally() == before)
    }

    @Test("are listed page by page, who joined first at the head", arguments: Engine.all)
    func paging(engine: Engine) async throws {
        let scene = try await Scene(engine, bob: .viewer)
        let page = try #require(Page(number: 2, limit: 1))
        let listed = try await scene.members.list(page, of: scene.id, by: scene.bob.user.id).get()
        #expect(listed.items.map(\.user) == [scene.bob.user.id] && listed.total == 2)
        let all = try await scene.members.list(.first, of: scene.id, by: scene.bob.user.id).get()
        #expect(all.items.map(\.role) == [.owner, .viewer])
        #expect(Page(number: 0) == nil && Page(limit: 201) == nil && Page(number: .max) == nil)
    }

    @Test("who may invite no longer have no invitations out", arguments: Engine.all)
    func invitationsOfTheGone(engine: Engine) async throws {
        for isRemoved in [true, false] {
            let scene = try await Scene(engine, bob: .admin)
            let token = try await scene.world.invite(
                "back@example.com", as: .admin, to: scene.id, by: scene.bob)
            let kept = try await scene.world.invite("cy@example.com", to: scene.id, by: scene.ada)
            let refusal =
                isRemoved
                ? try await scene.remove(scene.bob, by: scene.ada)
                : try await scene.change(scene.bob, to: .member, by: scene.ada)
            #expect(refusal == nil)
            let acceptance = scene.world.provider.invitationAcceptance
            #expect(try await acceptance.inspect(token, at: .start).refusal == .revoked)
            #expect(try await acceptance.inspect(kept, at: .start).refusal == nil)
        }
    }
}
