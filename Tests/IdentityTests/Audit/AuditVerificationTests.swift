import Database
import JOSE
import Testing

@testable import Identity

@Suite("Verifying the audit")
struct AuditVerificationTests {
    /// An audit of so many sealed events, one a second.
    private func sealed(_ engine: Engine, _ count: Int = 12) async throws -> World {
        let world = try await World(engine)
        let audit = world.provider.audit
        try await world.tamper("DELETE FROM audit_events")
        for start in stride(from: 0, to: count, by: 250) {
            try await world.database.write { transaction in
                for index in start..<min(start + 250, count) {
                    let event = AuditEvent(.userRenamed, detail: ["number": "\(index)"])
                    try audit.record(event, in: transaction, at: .start + .seconds(index), from: .server)
                }
            }
        }
        while try await audit.seal() > 0 {}
        return world
    }

    private func fault(_ world: World) async throws -> AuditFault? {
        try await AuditVerification(database: world.database).run().fault
    }

    @Test("tells how many events there are, from when to when, and the end of the chain", arguments: Engine.all)
    func intact(engine: Engine) async throws {
        let world = try await sealed(engine, 2_500)
        let audit = world.provider.audit
        try await world.database.write { try audit.record(AuditEvent(.userRenamed), in: $0, at: .start, from: .server) }
        var steps: [Int64] = []
        let report = try await AuditVerification(database: world.database).run { followed, all in
            steps.append(followed)
            #expect(all == 2_500)
        }
        #expect(report.fault == nil)
        #expect(report.events == 2_500)
        #expect(report.unsealed == 1)
        #expect(report.first == .start)
        #expect(report.last == .start + .seconds(2_499))
        #expect(report.hash == (try await world.database.read { try AuditChain.head(in: $0).hash }))
        #expect(steps == [1_000, 2_000, 2_500])
    }

    @Test("of nothing finds nothing amiss", arguments: Engine.all)
    func empty(engine: Engine) async throws {
        let world = try await World(engine)
        try await world.tamper("DELETE FROM audit_events")
        let report = try await AuditVerification(database: world.database).run()
        #expect(report == AuditReport())
    }

    @Test(
        "tells what was done to the fifth event of twelve, or to the end", arguments: Engine.all,
        [
            (["UPDATE audit_events SET detail = '{}' WHERE sequence = 5"], 5, AuditFault.Kind.changed),
            (["UPDATE audit_events SET chain_hash = X'00' WHERE sequence = 5"], 5, .changed),
            (["UPDATE audit_events SET detail = '{}' WHERE sequence = 12"], 12, .changed),
            (["DELETE FROM audit_events WHERE sequence = 5"], 5, .removed),
            (["UPDATE audit_events SET sequence = NULL, chain_hash = NULL WHERE sequence = 5"], 5, .removed),
            (["DELETE FROM audit_events WHERE sequence = 5"] + shifted(6...12, by: -1), 5, .removed),
            (["DELETE FROM audit_events WHERE sequence >= 5"], 5, .truncated),
            (["DELETE FROM audit_events WHERE sequence = 12"], 12, .truncated),
            (shifted((5...12).reversed(), by: 1) + [copy(of: 4, to: 5)], 5, .inserted),
            ([copy(of: 12, to: 13)], 13, .inserted),
            (
                [
                    "UPDATE audit_events SET sequence = -1 WHERE sequence = 5",
                    "UPDATE audit_events SET sequence = 5 WHERE sequence = 6",
                    "UPDATE audit_events SET sequence = 6 WHERE sequence = -1",
                ], 5, .moved
            ),
            (["DELETE FROM audit_head"], 13, .headRemoved),
            (["UPDATE audit_head SET chain_hash = X'00'"], 13, .headChanged),
            (["UPDATE audit_head SET sequence = 4"], 5, .headMovedBack),
        ] as [([String], Int64, AuditFault.Kind)])
    func tampered(engine: Engine, change: ([String], Int64, AuditFault.Kind)) async throws {
        let world = try await sealed(engine)
        for statement in change.0 { try await world.tamper(statement) }
        #expect(try await fault(world) == AuditFault(event: change.1, kind: change.2))
    }

    @Test("looks over the edge of what it reads at once")
    func edge() async throws {
        let world = try await sealed(.sqlite, 1_002)
        try await world.tamper("UPDATE audit_events SET sequence = -1 WHERE sequence = 1000")
        try await world.tamper("UPDATE audit_events SET sequence = 1000 WHERE sequence = 1001")
        try await world.tamper("UPDATE audit_events SET sequence = 1001 WHERE sequence = -1")
        #expect(try await fault(world) == AuditFault(event: 1_000, kind: .moved))
    }

    private static func shifted(_ sequences: some Sequence<Int>, by step: Int) -> [String] {
        sequences.map { "UPDATE audit_events SET sequence = \($0 + step) WHERE sequence = \($0)" }
    }

    private static func copy(of source: Int, to place: Int) -> String {
        """
        INSERT INTO audit_events (id, event, at, request_id, address, detail, sequence, chain_hash)
        SELECT id + 1000000007, event, at, request_id, address, detail, \(place), chain_hash
        FROM audit_events WHERE sequence = \(source)
        """
    }
}
