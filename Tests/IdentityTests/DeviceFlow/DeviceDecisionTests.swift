import JOSE
import Testing

@testable import Identity

@Suite("Deciding about a device")
struct DeviceDecisionTests {
    @Test("shows who asks, for what, from where, and where it may be let in", arguments: Engine.all)
    func opening(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let second = try await world.provider.organizations.create(
            name: "Second", slug: "second", owner: ada.user.id, at: .start + .seconds(1), from: .server)
        let codes = try await world.codes(app, scopes: ["jobs:read"])
        let opened = try await world.open(codes, by: ada).get()
        #expect(opened.client.id == app.id)
        #expect(opened.authorization.scopes == ["jobs:read"])
        #expect(opened.authorization.address == RequestOrigin.device.address)
        #expect(opened.authorization.agent == RequestOrigin.device.agent)
        #expect(opened.authorization.createdAt == .start)
        #expect(opened.memberships.map(\.organization.id) == [ada.organization.id, second])
        #expect(opened.catalog.description(of: "jobs:read", audience: nil) == "Read jobs")

        let narrow = try await world.codes(app, organization: "second")
        #expect(try await world.open(narrow, by: ada).get().memberships.map(\.organization.id) == [second])
        #expect(try await world.approve(narrow, in: ada.organization.id, by: ada).refusal == .standing(.notAMember))
        #expect(try await world.approve(narrow, in: second, by: ada).refusal == nil)
    }

    @Test("is the first session's alone (CVE-2026-45337)", arguments: Engine.all)
    func firstSession(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, bob) = (try await world.visitor(), try await world.visitor("bob@example.com"))
        let app = try await world.client()
        let codes = try await world.codes(app)
        #expect(try await world.approve(codes, in: ada.organization.id, by: ada).refusal == .unknown)
        #expect(try await world.open(codes, by: ada).refusal == nil)
        #expect(try await world.open(codes, by: bob).refusal == .openedElsewhere)
        #expect(try await world.approve(codes, in: bob.organization.id, by: bob).refusal == .openedElsewhere)
        #expect(try await world.deny(codes, by: bob).refusal == .openedElsewhere)
        let adaElsewhere = try await world.visitor()
        #expect(try await world.approve(codes, in: ada.organization.id, by: adaElsewhere).refusal == .openedElsewhere)
        #expect(try await world.poll(codes, by: app).refusal == .authorizationPending)
        #expect(try await world.open(codes, by: ada).refusal == nil)
        #expect(try await world.approve(codes, in: ada.organization.id, by: ada).refusal == nil)
        let claims = try world.claims(try await world.poll(codes, by: app).get().accessToken)
        #expect(claims["sub"] == .string(ada.user.id.description))
    }

    @Test("of fifty sessions at once lets one have the code", arguments: Engine.all)
    func openingRace(engine: Engine) async throws {
        let world = try await World(engine)
        var visitors: [Visitor] = []
        for index in 0..<10 { visitors.append(try await world.visitor("p\(index)@example.com")) }
        let (everyone, codes) = (visitors, try await world.codes(try await world.client()))
        let outcomes = try await inParallel(50) { try await world.open(codes, by: everyone[$0 % 10]).refusal }
        #expect(outcomes.count { $0 == nil } == 5)
        #expect(outcomes.count { $0 == .openedElsewhere } == 45)
    }

    @Test("is final: nothing follows approval or denial", arguments: Engine.all)
    func terminal(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let approved = try await world.codes(app)
        try await world.approve(approved, by: ada)
        let denied = try await world.codes(app)
        _ = try await world.open(denied, by: ada)
        #expect(try await world.deny(denied, by: ada).refusal == nil)
        let before = try await world.tally()
        for codes in [approved, denied] {
            #expect(try await world.open(codes, by: ada).refusal == .decided)
            #expect(try await world.approve(codes, in: ada.organization.id, by: ada).refusal == .decided)
            #expect(try await world.deny(codes, by: ada).refusal == .decided)
        }
        #expect(try await world.events(since: before) == [:])
        #expect(try await world.poll(denied, by: app).refusal == .denied)
        #expect(try await world.poll(approved, by: app).refusal == nil)
        #expect(try await world.deny(approved, by: ada).refusal == .decided)
        #expect(try await world.poll(approved, by: app).refusal == .redeemed)
    }

    @Test("by many clicks at once is one decision", arguments: Engine.all)
    func clicks(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let codes = try await world.codes(app)
        _ = try await world.open(codes, by: ada)
        let refusals = try await inParallel(50) { index in
            index.isMultiple(of: 2)
                ? try await world.approve(codes, in: ada.organization.id, by: ada).refusal
                : try await world.deny(codes, by: ada).refusal
        }
        #expect(refusals.count { $0 == nil } == 1)
        #expect(refusals.count { $0 == .decided } == 49)
        let decisions = try await world.events().filter {
            $0.kind == .deviceAuthorizationApproved || $0.kind == .deviceAuthorizationDenied
        }
        #expect(decisions.count == 1)
    }

    @Test("for an organization that is not the person's is refused", arguments: Engine.all)
    func foreignOrganization(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, bob) = (try await world.visitor(), try await world.visitor("bob@example.com"))
        let codes = try await world.codes(try await world.client())
        _ = try await world.open(codes, by: ada)
        let foreign = try await world.approve(codes, in: bob.organization.id, by: ada)
        #expect(foreign.refusal == .standing(.notAMember))
        #expect(try await world.approve(codes, in: ada.organization.id, by: ada).refusal == nil)
    }

    @Test("is too late after ten minutes", arguments: Engine.all)
    func expiry(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        let codes = try await world.codes(try await world.client())
        let end = Instant.start + .seconds(600)
        _ = try await world.open(codes, by: ada)
        #expect(try await world.open(codes, by: ada, at: end).refusal == .unknown)
        #expect(try await world.approve(codes, in: ada.organization.id, by: ada, at: end).refusal == .unknown)
        #expect(try await world.deny(codes, by: ada, at: end).refusal == .unknown)
    }
}

@Suite("Guessing user codes")
struct UserCodeLockoutTests {
    private static let wrong = UserCode("BBBB-BBBB")

    @Test(
        "locks the session out after five, for the right code too, over restarts, for ten minutes",
        arguments: Engine.all)
    func lockout(engine: Engine) async throws {
        var world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let codes = try await world.codes(app)
        for attempt in 0..<4 {
            let code = attempt.isMultiple(of: 2) ? Self.wrong : nil
            #expect(try await world.open(code, by: ada, at: .start + .seconds(attempt)).refusal == .unknown)
        }
        #expect(try await world.open(Self.wrong, by: ada, at: .start + .seconds(4)).refusal == .lockedOut)
        #expect(try await world.open(codes, by: ada, at: .start + .seconds(5)).refusal == .lockedOut)
        #expect(try await world.count(.userCodeLockout) == 1)
        world = try await world.restarted()
        let almost = Instant.start + .seconds(604) - .microseconds(1)
        #expect(try await world.open(codes, by: ada, at: almost).refusal == .lockedOut)
        let fresh = try await world.codes(app, at: almost)
        #expect(try await world.open(fresh, by: ada, at: .start + .seconds(604)).refusal == nil)
        #expect(try await world.open(Self.wrong, by: ada, at: .start + .seconds(605)).refusal == .unknown)
    }

    @Test("locks no other session out", arguments: Engine.all)
    func otherSession(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, bob) = (try await world.visitor(), try await world.visitor("bob@example.com"))
        for _ in 0..<6 { _ = try await world.open(Self.wrong, by: ada) }
        let codes = try await world.codes(try await world.client())
        #expect(try await world.open(codes, by: bob).refusal == nil)
    }

    @Test("counts expired codes as wrong, and codes that others opened or decided as none", arguments: Engine.all)
    func whatCounts(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, bob) = (try await world.visitor(), try await world.visitor("bob@example.com"))
        let app = try await world.client()
        let (expired, taken) = (try await world.codes(app), try await world.codes(app, at: .start + .seconds(600)))
        let now = Instant.start + .seconds(601)
        _ = try await world.open(taken, by: bob, at: now)
        for _ in 0..<10 {
            #expect(try await world.open(taken, by: ada, at: now).refusal == .openedElsewhere)
        }
        for _ in 0..<4 {
            #expect(try await world.open(expired, by: ada, at: now).refusal == .unknown)
        }
        #expect(try await world.open(expired, by: ada, at: now).refusal == .lockedOut)
    }

    @Test("fifty at once gets no more than five answers", arguments: Engine.all)
    func parallel(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        let refusals = try await inParallel(50) { _ in try await world.open(Self.wrong, by: ada).refusal }
        #expect(refusals.count { $0 == .unknown } == 4)
        #expect(refusals.count { $0 == .lockedOut } == 46)
        #expect(try await world.count(.userCodeLockout) == 1)
    }
}

extension World {
    func open(
        _ codes: DeviceFlow.Codes, by visitor: Visitor, at now: Instant = .start
    ) async throws -> Result<DeviceDecisions.Opened, DeviceDecisionRefusal> {
        try await open(codes.userCode, by: visitor, at: now)
    }

    func open(
        _ code: UserCode?, by visitor: Visitor, at now: Instant = .start
    ) async throws -> Result<DeviceDecisions.Opened, DeviceDecisionRefusal> {
        try await provider.deviceDecisions.open(code, by: visitor.authenticated, at: now, from: .desk)
    }

    func approve(
        _ codes: DeviceFlow.Codes, in organization: Organization.ID, by visitor: Visitor, at now: Instant = .start
    ) async throws -> Result<(client: Client, organization: Organization), DeviceDecisionRefusal> {
        try await provider.deviceDecisions.approve(
            codes.userCode, organization: organization, by: visitor.authenticated, at: now, from: .desk)
    }

    func deny(
        _ codes: DeviceFlow.Codes, by visitor: Visitor, at now: Instant = .start
    ) async throws -> Result<Client, DeviceDecisionRefusal> {
        try await provider.deviceDecisions.deny(codes.userCode, by: visitor.authenticated, at: now, from: .desk)
    }
}
