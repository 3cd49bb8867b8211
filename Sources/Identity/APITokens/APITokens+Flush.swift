import Database
import JOSE

extension APITokens {
    /// So many tokens in one transaction, so that counting never holds the writer for long.
    static let flushBatch = 50

    /// Writes the uses that were counted since the last time. What cannot be written is kept for the next.
    ///
    /// The first use of a token on a day is told in the audit, and no other: so a forgotten token that is still in use
    /// shows, and a busy one does not drown the rest.
    package func flushUses() async throws {
        let waiting = uses.take()
        var rest = waiting.sorted { $0.key < $1.key }[...]
        while !rest.isEmpty {
            let batch = rest.prefix(Self.flushBatch)
            do {
                try await database.write { transaction in
                    for (key, tally) in batch { try write(tally, key, in: transaction) }
                    try writePeriods(of: batch.map { ($0.key, $0.value) }, in: transaction)
                }
            } catch {
                uses.add(Dictionary(rest.map { ($0.key, $0.value) }) { first, _ in first })
                throw error
            }
            rest = rest.dropFirst(batch.count)
        }
    }

    /// In one order everywhere, so that two nodes wait for each other and do not lock each other out.
    private func writePeriods(
        of batch: [(APITokenUses.Key, APITokenUses.Tally)], in transaction: Transaction
    ) throws {
        var calls: [Organization.ID: [BillingPeriod: Int64]] = [:]
        for (key, tally) in batch {
            calls[tally.organization, default: [:]][BillingPeriod(of: key.day), default: 0] += tally.calls
        }
        for (organization, periods) in calls.sorted(by: { $0.key < $1.key }) {
            for (period, count) in periods.sorted(by: { $0.key.start < $1.key.start }) {
                try APITokenQuota.add(count, of: organization, in: period, transaction)
            }
        }
    }

    private func write(_ tally: APITokenUses.Tally, _ key: APITokenUses.Key, in transaction: Transaction) throws {
        let origin = tally.lastOrigin
        let made = try transaction.run(
            """
            INSERT INTO api_token_days (token_id, day, calls, last_used_at, last_used_address, last_used_agent)
            VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (token_id, day) DO NOTHING
            """,
            .id(key.token), .time(key.day), .integer(tally.calls), .time(tally.lastAt), .text(origin.address),
            .text(origin.agent))
        if made == 1 {
            let event = AuditEvent(
                .apiTokenUsed, organization: tally.organization, detail: ["token": key.token.description])
            try audit.record(event, in: transaction, at: tally.lastAt, from: origin)
            return
        }
        try transaction.changeOne(
            "UPDATE api_token_days SET calls = calls + ? WHERE token_id = ? AND day = ?", .integer(tally.calls),
            .id(key.token), .time(key.day))
        // Another node may have written a later use.
        try transaction.run(
            """
            UPDATE api_token_days SET last_used_at = ?, last_used_address = ?, last_used_agent = ?
            WHERE token_id = ? AND day = ? AND last_used_at <= ?
            """,
            .time(tally.lastAt), .text(origin.address), .text(origin.agent), .id(key.token), .time(key.day),
            .time(tally.lastAt))
    }
}
