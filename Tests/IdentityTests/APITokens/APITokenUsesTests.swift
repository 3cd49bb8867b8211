import Database
import JOSE
import Testing

@testable import Identity

@Suite("What was done with an API token")
struct APITokenUsesTests {
    private static let day = Duration.seconds(86_400)

    private func usage(
        _ world: World, _ given: APITokens.Given, by actor: APITokens.Actor, at now: Instant
    ) async throws -> APITokens.Usage {
        try await world.provider.apiTokens.usage(of: given.listed.token.id, by: actor, at: now).get()
    }

    @Test("a use writes nothing; it is counted in memory and written later, once", arguments: Engine.all)
    func batched(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, actor) = try await world.admin()
        let (given, tokens) = (try await world.mint(by: actor).get(), world.provider.apiTokens)
        for second in 0..<3 { _ = try await world.use(given.secret, at: .start + .seconds(second)).get() }
        #expect(try await world.number("SELECT COUNT(*) FROM api_token_days") == 0)
        try await tokens.flushUses()
        try await tokens.flushUses()
        let usage = try await usage(world, given, by: actor, at: .start)
        let origin = RequestOrigin.device
        #expect(
            usage.last == .init(at: .start + .seconds(2), address: origin.address, agent: origin.agent))
        #expect(usage.days == [.init(start: Instant.start.startOfDay, calls: 3)])
        #expect(usage.listed.calls == 3 && usage.listed.lastUsedAt == .start + .seconds(2))
    }

    @Test("what is refused is no use", arguments: Engine.all)
    func refused(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, actor) = try await world.admin()
        let (first, tokens) = (try await world.mint(by: actor).get(), world.provider.apiTokens)
        _ = try await world.rotate(first, by: actor).get()
        #expect(try await world.use(first.secret).refusal != nil)
        try await tokens.flushUses()
        #expect(try await world.number("SELECT COUNT(*) FROM api_token_days") == 0)
    }

    @Test("days and billing periods are those of the calendar, UTC", arguments: Engine.all)
    func calendar(engine: Engine) async throws {
        let world = try await World(engine)
        let midnight = try #require(Instant(iso8601: "2027-02-01T00:00:00Z"))
        let (_, actor) = try await world.admin(at: midnight - Self.day)
        let (given, tokens) = (try await world.mint(by: actor, at: midnight - Self.day).get(), world.provider.apiTokens)
        for time in [midnight - .microseconds(1), midnight, midnight + .seconds(5)] {
            _ = try await world.use(given.secret, at: time).get()
        }
        try await tokens.flushUses()
        let usage = try await usage(world, given, by: actor, at: midnight)
        #expect(usage.days.map(\.start) == [midnight, midnight - Self.day] && usage.days.map(\.calls) == [2, 1])
        #expect(usage.listed.calls == 2)
        let listed = try await tokens.list(.first, by: actor, at: midnight - .seconds(1)).get().tokens
        #expect(listed.items.first?.calls == 3, "of the month before and what came since")
        let period = BillingPeriod(of: midnight)
        #expect(period.start == midnight && period.end.iso8601 == "2027-03-01T00:00:00Z")
        #expect(BillingPeriod(of: midnight - .microseconds(1)).end == midnight)
    }

    @Test("uses at once are all counted, and the latest of any node is the last", arguments: Engine.all)
    func parallel(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, actor) = try await world.admin()
        let (given, tokens) = (try await world.mint(by: actor).get(), world.provider.apiTokens)
        _ = try await inParallel(40) { index in
            _ = try await world.use(given.secret, at: .start + .seconds(40 - index)).get()
            if index.isMultiple(of: 10) { try await tokens.flushUses() }
        }
        try await tokens.flushUses()
        let usage = try await usage(world, given, by: actor, at: .start)
        #expect(usage.listed.calls == 40 && usage.last?.at == .start + .seconds(40))
    }

    @Test("the first use of a day is an event, and no other", arguments: Engine.all)
    func sampled(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, actor) = try await world.admin()
        let (given, tokens) = (try await world.mint(by: actor).get(), world.provider.apiTokens)
        let before = try await world.tally()
        for time in [Duration.zero, .seconds(1), Self.day, Self.day + .seconds(1)] {
            _ = try await world.use(given.secret, at: .start + time).get()
            try await tokens.flushUses()
        }
        #expect(try await world.events(since: before) == [.apiTokenUsed: 2])
    }

    @Test("what cannot be written is kept, and written when it can be", arguments: [Engine.sqlite])
    func failure(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, actor) = try await world.admin()
        let given = try await world.mint(by: actor).get()
        let uses = world.provider.apiTokens.uses
        _ = try await world.use(given.secret).get()
        try await world.database.close()
        await #expect(throws: (any Error).self) { try await world.provider.apiTokens.flushUses() }
        #expect(uses.take().values.map(\.calls) == [1])
    }

    @Test("memory has a bound: past it nothing new is taken, and what is there goes on counting")
    func bound() {
        let uses = APITokenUses()
        let tally = APITokenUses.Tally(
            organization: .init(rawValue: 1), calls: 1, lastAt: .start, lastOrigin: .device)
        let keys = (0...APITokenUses.maximumCount).map {
            APITokenUses.Key(token: .init(rawValue: Int64($0)), day: .start)
        }
        for _ in 0..<2 { for key in keys { uses.add([key: tally]) } }
        let all = uses.take()
        #expect(all.count == APITokenUses.maximumCount && all.values.allSatisfy { $0.calls == 2 })
        #expect(uses.take().isEmpty)
    }

    @Test("days are kept for 400 days", arguments: Engine.all)
    func retention(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, actor) = try await world.admin()
        let given = try await world.mint(by: actor).get()
        _ = try await world.use(given.secret).get()
        try await world.provider.apiTokens.flushUses()
        let end = Instant.start.startOfDay + Self.day * 400
        func remaining(at now: Instant) async throws -> Int64 {
            while try await world.provider.sweep.removeBatch(at: now) > 0 {}
            return try await world.number("SELECT COUNT(*) FROM api_token_days")
        }
        #expect(try await remaining(at: end) == 1)
        #expect(try await remaining(at: end + .microseconds(1)) == 0)
        #expect(try await world.number("SELECT COUNT(*) FROM api_tokens") == 1)
    }
}
