import Database
import JOSE

/// Writes events in the transaction of the change they tell of, and seals them into a hash chain afterwards.
///
/// Sealing is apart from writing, so that no writer waits for the chain: within a second a sealer numbers what is new
/// and chains each event to the one before it. After that, a changed, removed or inserted event breaks the chain.
package struct AuditTrail: Sendable {
    let database: Database
    let random: RandomSource

    /// Records an event, and queues it for the webhooks of its organization that are to be told of it. A change whose
    /// event cannot be written does not happen: the error rolls both back.
    func record(_ event: AuditEvent, in transaction: Transaction, at now: Instant, from origin: RequestOrigin) throws {
        let detail = String(decoding: event.writtenDetail, as: UTF8.self)
        let id = try transaction.insert(AuditEvent.self, at: now, random: random) { id in
            try transaction.run(
                """
                INSERT INTO audit_events (id, event, at, organization_id, user_id, client_id, grant_id, request_id,
                    address, detail)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
                """,
                .id(id), .text(event.kind.rawValue), .time(now), .id(event.organization), .id(event.user),
                .id(event.client), .id(event.grant), .text(origin.requestID), .text(origin.address), .text(detail))
        }
        if let organization = event.organization, event.kind.isOfOrganization {
            try WebhookDelivery.enqueue(id, event.kind, of: organization, in: transaction, at: now, random: random)
        }
    }

    /// At most so many events are sealed in one transaction, so that sealing never holds the writer for long.
    private static let batchSize: Int64 = 500

    /// Seals what is not yet sealed. Answers how many events it sealed; call again while that is not zero.
    package func seal() async throws -> Int {
        let waiting = try await database.read { transaction in
            try transaction.row("SELECT 1 FROM audit_events WHERE sequence IS NULL LIMIT 1") != nil
        }
        guard waiting else { return 0 }
        return try await database.write { transaction in
            var link = try AuditChain.head(in: transaction)
            let events = try transaction.rows(
                "SELECT \(AuditChain.columns) FROM audit_events WHERE sequence IS NULL ORDER BY id LIMIT ?",
                .integer(Self.batchSize))
            for row in events {
                link = try link.next(AuditChain.Entry(row))
                _ = try transaction.run(
                    "UPDATE audit_events SET sequence = ?, chain_hash = ? WHERE id = ? AND sequence IS NULL",
                    .integer(link.sequence), .blob(link.hash), .integer(try row.integer(0)))
            }
            try AuditChain.saveHead(link, in: transaction)
            return events.count
        }
    }

    /// Follows the whole chain. Answers where it breaks, or nil when every sealed event is as it was written.
    ///
    /// The chain has no key: it shows the slip and the hasty hand, and whoever keeps a copy of its end elsewhere sees
    /// a history that was rewritten from end to end.
    package func firstBreak() async throws -> Int64? {
        try await AuditVerification(database: database).run().fault?.event
    }
}

extension AuditEvent {
    fileprivate var writtenDetail: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        for (name, value) in detail.sorted(by: { $0.key < $1.key }) {
            json.member(name, value)
        }
        json.endObject()
        return json.bytes
    }
}
