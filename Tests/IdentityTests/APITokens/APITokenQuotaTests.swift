import Database
import JOSE
import Testing

@testable import Identity

@Suite("The quota of API tokens")
struct APITokenQuotaTests {
    private static let minute = Duration.seconds(60)

    /// Business has a quota of five.
    private func world(_ engine: Engine, at now: Instant = .start) async throws -> World {
        var business = PlanTerms.business
        business.callsPerPeriod = 5
        return try await World(engine, plans: PlanCatalog([business]), at: now)
    }

    private func quota(_ world: World, _ secret: String, at now: Instant = .start) async throws -> APITokenQuota {
        try await world.use(secret, at: now).get().quota
    }

    @Test("is of all tokens of an organization together, on every node, and none of another's", arguments: Engine.all)
    func together(engine: Engine) async throws {
        let world = try await world(engine)
        let (_, ada) = try await world.admin()
        let (_, eve) = try await world.admin("eve@example.com")
        let (first, second) = (try await world.mint(by: ada).get(), try await world.mint(by: ada).get())
        let others = try await world.mint(by: eve).get()
        for secret in [first.secret, first.secret, second.secret, others.secret] {
            #expect(try await !quota(world, secret).isExhausted)
        }
        try await world.provider.apiTokens.flushUses()
        let now = try await quota(world, first.secret)
        #expect(now.used == 3 && now.limit == 5 && now.remaining == 2 && !now.isExhausted)
        _ = try await quota(world, second.secret)
        #expect(try await world.number("SELECT SUM(calls) FROM api_token_periods") == 4, "a use writes nothing")
        try await world.provider.apiTokens.flushUses()
        #expect(try await quota(world, second.secret).isExhausted)
        #expect(try await quota(world, others.secret).used == 1)
    }

    @Test("of two nodes each sees what both have written", arguments: Engine.all)
    func nodes(engine: Engine) async throws {
        let world = try await world(engine)
        let (_, ada) = try await world.admin()
        let given = try await world.mint(by: ada).get()
        let other = try await world.beside()
        for _ in 0..<3 {
            _ = try await quota(world, given.secret)
            _ = try await quota(other, given.secret)
        }
        try await world.provider.apiTokens.flushUses()
        try await other.provider.apiTokens.flushUses()
        for node in [world, other] {
            let seen = try await quota(node, given.secret)
            #expect(seen.used == 6 && seen.isExhausted && seen.remaining == 0)
        }
    }

    @Test("begins anew with the calendar month, to the microsecond", arguments: Engine.all)
    func renewal(engine: Engine) async throws {
        let midnight = try #require(Instant(iso8601: "2027-02-01T00:00:00Z"))
        let world = try await world(engine, at: midnight - Self.minute)
        let (_, ada) = try await world.admin(at: midnight - Self.minute)
        let given = try await world.mint(by: ada, at: midnight - Self.minute).get()
        for _ in 0..<5 { _ = try await quota(world, given.secret, at: midnight - .microseconds(1)) }
        try await world.provider.apiTokens.flushUses()
        #expect(try await quota(world, given.secret, at: midnight - .microseconds(1)).isExhausted)
        let after = try await quota(world, given.secret, at: midnight)
        #expect(after.used == 0 && after.period.start == midnight)
    }

    @Test("an exchange is refused when it is used up; introspection goes on, and says so", arguments: Engine.all)
    func refusals(engine: Engine) async throws {
        let world = try await world(engine)
        let (visitor, ada) = try await world.admin()
        let given = try await world.mint(by: ada).get()
        _ = try await world.provider.apiTokens.authenticate(given.secret, calls: 5, at: .start, from: .device).get()
        let request = TokenExchange.Request(token: given.secret)
        _ = try await world.provider.tokenExchange.exchange(request, at: .start, from: .device).get()
        try await world.provider.apiTokens.flushUses()
        let refused = try await world.provider.tokenExchange.exchange(request, at: .start, from: .device).refusal
        let expected = APITokenQuota(limit: 5, used: 6, period: BillingPeriod(of: .start))
        #expect(refused == .quotaExceeded(.business, expected))
        #expect(try await quota(world, given.secret).isExhausted)
        // Another plan has another quota, from the next look on.
        try await world.put(visitor.organization.id, on: .enterprise)
        let free = try await quota(world, given.secret)
        #expect(free.limit == nil && free.remaining == nil && !free.isExhausted)
        #expect(try await world.provider.tokenExchange.exchange(request, at: .start, from: .device).refusal == nil)
    }

    @Test(
        "what a crash takes is no more than what was not written, and what is written is counted once",
        arguments: Engine.all)
    func crash(engine: Engine) async throws {
        let world = try await world(engine)
        let (_, ada) = try await world.admin()
        let given = try await world.mint(by: ada).get()
        for _ in 0..<3 { _ = try await quota(world, given.secret) }
        _ = try await inParallel(4) { _ in try await world.provider.apiTokens.flushUses() }
        for _ in 0..<2 { _ = try await quota(world, given.secret) }
        let again = try await world.restarted()
        #expect(try await quota(again, given.secret).used == 3)
    }

    @Test("a plan is changed by the name of an organization, or only told", arguments: Engine.all)
    func planChange(engine: Engine) async throws {
        let world = try await World(engine)
        let visitor = try await world.visitor()
        let change = PlanChange(database: world.database, random: .system)
        let organization = visitor.organization
        for name in [organization.slug, organization.id.description] {
            #expect(try await change.put(name, on: nil, at: .start, from: .command(.organizations)).get().plan == .free)
        }
        #expect(
            try await change.put(organization.slug, on: .pro, at: .start, from: .command(.organizations)).get().plan
                == .pro)
        #expect(try await world.count(.organizationPlanChanged) == 1)
        #expect(
            try await change.put(organization.slug, on: .pro, at: .start, from: .command(.organizations)).get().plan
                == .pro)
        #expect(try await world.count(.organizationPlanChanged) == 1, "nothing was changed")
        for name in ["nobody", "org_0000000000001", "", "%"] {
            #expect(
                try await change.put(name, on: .pro, at: .start, from: .command(.organizations)).refusal == .unknown)
        }
    }
}
