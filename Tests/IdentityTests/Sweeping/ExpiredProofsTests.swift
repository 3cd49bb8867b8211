import JOSE
import Testing

@testable import Identity

@Suite("Expired proofs")
struct ExpiredProofsTests {
    private static let day = Duration.seconds(86_400)

    @Test("are removed two days after their end, in whatever state, and not before", arguments: Engine.all)
    func removal(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        _ = try await world.tokens(for: ada, app)
        let pending = try await world.codes(app)
        let letter = try await world.link("bob@example.com", by: .application(app))
        let end = Instant.start + .seconds(600) + Self.day * 2
        #expect(try await world.provider.expiredProofs.remove(at: end) == 0)
        #expect(try await world.poll(pending, by: app, at: end).refusal == .expired)
        let late = try await world.provider.magicLinks.inspect(letter.token, browser: nil, at: end)
        #expect(late.refusal == .expired)

        let alive = try await world.codes(app, at: end)
        #expect(try await world.provider.expiredProofs.remove(at: end + .microseconds(1)) == 4)
        #expect(try await world.provider.expiredProofs.remove(at: end + .microseconds(1)) == 0)
        #expect(try await world.number("SELECT COUNT(*) FROM magic_links") == 0)
        #expect(try await world.poll(pending, by: app, at: end).refusal == .unknown)
        #expect(try await world.poll(alive, by: app, at: end).refusal == .authorizationPending)
    }

    @Test("are removed some at a time", arguments: Engine.all)
    func batches(engine: Engine) async throws {
        let world = try await World(engine)
        let app = try await world.client()
        _ = try await inParallel(Int(ExpiredProofs.batchSize) + 20) { _ in try await world.codes(app) }
        let later = Instant.start + Self.day * 3
        #expect(try await world.provider.expiredProofs.remove(at: later) == 500)
        #expect(try await world.provider.expiredProofs.remove(at: later) == 20)
        #expect(try await world.provider.expiredProofs.remove(at: later) == 0)
    }
}
