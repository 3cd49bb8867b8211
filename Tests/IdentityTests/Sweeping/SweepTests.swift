import Database
import Foundation
import JOSE
import Testing

@testable import Identity

@Suite("Sweeping")
struct SweepTests {
    private static let day = Duration.seconds(86_400)

    /// Sweeps until nothing is left to sweep; answers how many rows went.
    private func sweep(_ world: World, at now: Instant) async throws -> Int {
        var (all, count) = (0, 0)
        repeat {
            count = try await world.provider.sweep.removeBatch(at: now)
            all += count
        } while count > 0
        return all
    }

    @Test("removes proofs two days after their end, in whatever state, and not before", arguments: Engine.all)
    func proofs(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        _ = try await world.tokens(for: ada, app)
        let pending = try await world.codes(app)
        let letter = try await world.link("bob@example.com", by: .application(app))
        _ = try await world.provider.mail.deliver(by: Outbox(), at: .start)
        let end = Instant.start + .seconds(600) + Self.day * 2
        #expect(try await sweep(world, at: end) == 0)
        #expect(try await world.poll(pending, by: app, at: end).refusal == .expired)
        let late = try await world.provider.magicLinks.inspect(letter.token, browser: nil, at: end)
        #expect(late.refusal == .expired)

        let alive = try await world.codes(app, at: end)
        #expect(try await sweep(world, at: end + .microseconds(1)) == 4)
        #expect(try await world.number("SELECT COUNT(*) FROM magic_links") == 0)
        #expect(try await world.poll(pending, by: app, at: end).refusal == .unknown)
        #expect(try await world.poll(alive, by: app, at: end).refusal == .authorizationPending)
    }

    @Test("removes logins and sessions a month after their end, and never living ones", arguments: Engine.all)
    func logins(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let ended = try await world.tokens(for: ada, app).refreshToken
        let living = try await world.tokens(for: ada, app).refreshToken
        _ = try await world.provider.grants.revoke(
            try await world.grant(ended).id, of: ada.user.id, at: .start, from: .desk)
        _ = try await world.provider.sessions.end(
            ada.authenticated.session.id, of: ada.user.id, at: .start, from: .desk)
        let other = try await world.visitor()
        let month = Instant.start + Self.day * 30
        _ = try await sweep(world, at: month)
        #expect(try await world.refresh(ended, by: app, at: month).refusal == .revoked)
        #expect(try await sweep(world, at: month + .microseconds(1)) == 2)
        #expect(try await world.refresh(ended, by: app, at: month).refusal == .unknown)
        let successor = try await world.refresh(living, by: app, at: .start + Self.day).get().refreshToken
        #expect(try await world.provider.sessions.authenticate(other.secret, at: .start + Self.day) != nil)

        // Both live on until their own time is over, and a month more.
        #expect(try await sweep(world, at: .start + Session.lifetime + Self.day * 30) == 0)
        #expect(try await sweep(world, at: .start + Session.lifetime + Self.day * 30 + .microseconds(1)) == 1)
        let year = Instant.start + Grant.lifetime + Self.day * 30
        #expect(try await sweep(world, at: year) == 0)
        #expect(try await world.refresh(successor, by: app, at: year).refusal == .expired)
        #expect(try await sweep(world, at: year + .microseconds(1)) == 1)
        #expect(try await world.number("SELECT COUNT(*) FROM grants") == 0)
    }

    @Test("removes mail that no server took for two days", arguments: Engine.all)
    func mail(engine: Engine) async throws {
        let world = try await World(engine)
        _ = try await world.link(by: .application(try await world.client()))
        let end = Instant.start + Self.day * 2
        #expect(try await sweep(world, at: end) == 0)
        #expect(try await world.number("SELECT COUNT(*) FROM outgoing_mail") == 1)
        #expect(try await sweep(world, at: end + .microseconds(1)) == 1)
    }

    @Test("takes some rows at a time", arguments: Engine.all)
    func batches(engine: Engine) async throws {
        let world = try await World(engine)
        let app = try await world.client()
        _ = try await inParallel(Int(Sweep.batchSize) + 20) { _ in try await world.codes(app) }
        let later = Instant.start + Self.day * 3
        #expect(try await world.provider.sweep.removeBatch(at: later) == 25)
        #expect(try await world.provider.sweep.removeBatch(at: later) == 20)
        #expect(try await world.provider.sweep.removeBatch(at: later) == 0)
    }

    @Test("finds what is over by an index, in every table and in those that refer to it")
    func plans() async throws {
        let world = try await World(.sqlite)
        for retention in Retention.all {
            for statement in [retention.probe, retention.removal] {
                // As a write, for SQLite takes the plan of a DELETE for one.
                let plan = try await world.database.write { transaction in
                    let values = [SQLValue](repeating: .integer(1), count: statement.count { $0 == "?" })
                    return try transaction.rows("EXPLAIN QUERY PLAN " + statement, values).map { try $0.text(3) }
                }
                #expect(plan.contains { $0.contains("USING INDEX") || $0.contains("USING COVERING INDEX") }, "\(plan)")
                #expect(!plan.contains { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE") }, "\(statement): \(plan)")
            }
        }
    }

    @Test("has a rule for every table that grows, and the document tells it")
    func tables() async throws {
        let world = try await World(.sqlite)
        let all = try await world.tables()
        #expect(all.subtracting(Retention.all.map(\.table)) == Retention.kept, "a new table needs a retention")
        let document = try String(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(
                path: "../../../docs/operations.md"), encoding: .utf8)
        for retention in Retention.all {
            let days = retention.duration.components.seconds / 86_400
            #expect(document.contains("| `\(retention.table)` | `\(retention.column)` | \(days) days |"))
        }
        for table in Retention.kept { #expect(document.contains("`\(table)`"), "\(table)") }
    }
}
