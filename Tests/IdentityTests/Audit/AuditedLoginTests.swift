import JOSE
import Testing

@testable import Identity

@Suite("What the audit tells of who did it")
struct AuditedLoginTests {
    @Test("is the login by which each thing was done", arguments: Engine.all, ActingScene.Kind.allCases)
    func byWhich(engine: Engine, kind: ActingScene.Kind) async throws {
        let scene = try await ActingScene(engine, kind)
        let session = #""session":"\#(scene.ada.login)""#
        for act in try scene.acts() {
            let before = Set(try await scene.world.events().map(\.id))
            #expect(try await act.perform(), "\(act.name)")
            let told = try await scene.world.events().filter { !before.contains($0.id) }
            // A challenge for a passkey is no change; all else is told of.
            #expect(!told.isEmpty || act.name == "begin another passkey", "\(act.name)")
            // A grant's own events name the grant itself.
            for event in told where event.kind != .grantIssued && event.kind != .grantRevoked {
                #expect(event.user == scene.ada.user.id, "\(act.name): \(event)")
                switch kind {
                case .grant:
                    #expect(event.grant == scene.active.grant.id, "\(act.name): \(event)")
                    #expect(event.client == scene.active.client.id, "\(act.name): \(event)")
                case .session:
                    #expect(event.grant == nil && event.detail.contains(session), "\(act.name): \(event)")
                }
            }
        }
    }

    @Test("is who removes a member, of their logins and invitations too", arguments: Engine.all)
    func removal(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, _) = try await world.admin()
        let (bob, app) = (try await world.visitor("bob@example.com"), try await world.client())
        let id = ada.organization.id
        try await world.join(bob, id, as: .admin)
        let token = try await world.invite("cy@example.com", to: id, by: bob)
        let codes = try await world.codes(app)
        try await world.approve(codes, by: bob, in: id)
        let grant = try await world.grant(world.poll(codes, by: app).get().refreshToken)
        let before = Set(try await world.events().map(\.id))
        _ = try await world.provider.members.remove(bob.user.id, from: id, by: ada.login, at: .start, from: .desk).get()
        let told = try await world.events().filter { !before.contains($0.id) }
        #expect(Set(told.map(\.kind)) == [.membershipEnded, .grantRevoked, .invitationRevoked])
        for event in told {
            #expect(event.user == ada.user.id && event.organization == id, "\(event)")
        }
        let revoked = try #require(told.first { $0.kind == .grantRevoked })
        #expect(revoked.grant == grant.id && revoked.client == app.id)
        #expect(
            revoked.detail
                == #"{"after":"revoked","before":"active","by":"\#(ada.login)","member":"\#(bob.user.id)","reason":"membership_ended"}"#
        )
        #expect(!told.contains { $0.detail.contains(token) })
    }

    @Test("is their own login when they leave", arguments: Engine.all)
    func leaving(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, _) = try await world.admin()
        let bob = try await world.visitor("bob@example.com")
        try await world.join(bob, ada.organization.id, as: .admin)
        _ = try await world.provider.members.remove(
            bob.user.id, from: ada.organization.id, by: bob.login, at: .start, from: .desk
        ).get()
        let ended = try #require(try await world.events().last { $0.kind == .membershipEnded })
        #expect(ended.user == bob.user.id && ended.detail.contains(bob.login.description))
    }

    @Test("is the login on which a second factor was tried, right or wrong", arguments: Engine.all)
    func proofs(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.enrolled(), try await world.client())
        let grant = try await world.grant(world.tokens(for: ada.visitor, app).refreshToken)
        _ = try await world.prove(ada.recoveryCodes[0], ada, on: .grant(grant.id)).get()
        for _ in 0..<5 { _ = try await world.prove(ada.wrongCode(at: .start), ada, on: .grant(grant.id)) }
        let events = try await world.events()
        for kind: AuditEvent.Kind in [.recoveryCodeUsed, .stepUpProven, .stepUpLocked] {
            let event = try #require(events.last { $0.kind == kind })
            #expect(event.grant == grant.id && event.client == app.id, "\(event)")
        }
    }

    @Test("is the browser in which a second factor was shown for a terminal, which is named", arguments: Engine.all)
    func proofsForAnother(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.enrolled(), try await world.client())
        let grant = try await world.grant(world.tokens(for: ada.visitor, app).refreshToken)
        for code in [ada.recoveryCodes[0]] + Array(repeating: ada.wrongCode(at: .start), count: 5) {
            _ = try await world.provider.stepUps.prove(
                .init(typed: code), by: ada.user, on: .grant(grant.id), in: ada.login, at: .start, from: .desk)
        }
        let events = try await world.events()
        for kind: AuditEvent.Kind in [.recoveryCodeUsed, .stepUpProven, .stepUpLocked] {
            let event = try #require(events.last { $0.kind == kind })
            #expect(event.grant == nil && event.client == nil, "\(event)")
            #expect(event.detail.contains(#""session":"\#(ada.login)""#), "\(event)")
        }
        let proven = try #require(events.last { $0.kind == .stepUpProven })
        #expect(proven.detail.contains(#""for":"\#(grant.id)""#) && proven.organization == grant.organization)
    }

    @Test(
        "is told of an application that changes: from what to what, and of a secret only that there is one",
        arguments: Engine.all)
    func clients(engine: Engine) async throws {
        let world = try await World(engine)
        _ = try await world.client {
            $0.name = "Before"
            $0.secret = "s3cret-canary"
        }
        let app = try await world.client {
            $0.name = "After"
            $0.secret = "another-canary"
        }
        try await world.provider.clients.setDisabled(true, app.id, at: .start, from: .server)
        let told = try await world.events().filter { $0.client == app.id && $0.grant == nil }.map(\.detail)
        let code = #""kept as a code""#
        #expect(told.contains { $0.contains(#""after.secret":\#(code)"#) && !$0.contains("before") })
        let renamed = try #require(told.first { $0.contains(#""before.name":"Before""#) })
        #expect(
            renamed
                == #"""
                {"after.name":"After","after.secret":\#(code),"before.name":"Before","before.secret":\#(code),\#
                "client_id":"\#(app.identifier)"}
                """#)
        #expect(told.contains { $0.contains(#""after.disabled":"true","before.disabled":"false""#) })
        #expect(!told.contains { $0.contains("canary") })
    }
}
