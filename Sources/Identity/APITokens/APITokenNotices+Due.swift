import Database
import JOSE

// Which tokens there is something to tell of. Found in pages, by an index or the primary key, so that no read is long.

extension APITokenNotices {
    /// Tokens by their organization.
    func due(at now: Instant) async throws -> [Organization.ID: [APIToken.ID]] {
        var due: [Organization.ID: [APIToken.ID]] = [:]
        var place: Candidate.Place? = Candidate.Place(expiresAt: now, token: .max)
        while let from = place {
            let found = try await database.read { try Candidate.expiring(after: from, on: plans, in: $0, at: now) }
            for candidate in found.due { due[candidate.token.organization, default: []].append(candidate.token.id) }
            place = found.last
        }
        place = Candidate.Place(expiresAt: nil, token: 0)
        while let from = place {
            let found = try await database.read { try Candidate.idle(after: from, on: plans, in: $0, at: now) }
            for candidate in found.due { due[candidate.token.organization, default: []].append(candidate.token.id) }
            place = found.last
        }
        return due
    }
}

/// A token that there may be something to tell of.
private struct Candidate {
    /// Where a page of them ends.
    struct Place: Sendable {
        let expiresAt: Instant?
        let token: Int64
    }

    typealias Found = (due: [Candidate], last: Place?)

    let token: APIToken
    let plan: Organization.Plan
    let lastUse: Instant?

    private static let columns = """
        \(APIToken.columns), o.plan, (SELECT MAX(d.last_used_at) FROM api_token_days d WHERE d.token_id = t.id)
        FROM api_tokens t JOIN organizations o ON o.id = t.organization_id
        """

    private init(_ row: Row) throws {
        token = try APIToken(row)
        plan = try stored(row.text(APIToken.columnCount))
        lastUse = try row.optionalTime(APIToken.columnCount + 1)
    }

    /// Those that end within the longest lead, in the order of their end.
    static func expiring(
        after place: Place, on plans: PlanCatalog, in transaction: Transaction, at now: Instant
    ) throws -> Found {
        let rows = try transaction.rows(
            """
            SELECT \(columns)
            WHERE (t.expires_at, t.id) > (?, ?) AND t.expires_at <= ? AND t.revoked_at IS NULL
            ORDER BY t.expires_at, t.id LIMIT ?
            """,
            .time(place.expiresAt), .integer(place.token), .time(now + APITokenNotice.longestLead),
            .integer(APITokenNotices.page))
        return try sifted(rows, on: plans, in: transaction, at: now)
    }

    /// Those made so long ago that they may have lain idle since, but those told of.
    static func idle(
        after place: Place, on plans: PlanCatalog, in transaction: Transaction, at now: Instant
    ) throws -> Found {
        let rows = try transaction.rows(
            """
            SELECT \(columns)
            WHERE t.id > ? AND t.created_at <= ? AND t.revoked_at IS NULL
                AND (t.expires_at IS NULL OR t.expires_at > ?)
                AND NOT EXISTS (SELECT 1 FROM api_token_notices n WHERE n.token_id = t.id AND n.notice = 'unused')
            ORDER BY t.id LIMIT ?
            """,
            .integer(place.token), .time(now - APITokenNotice.longUnused),
            .time(now + APITokenNotice.longestLead), .integer(APITokenNotices.page))
        return try sifted(rows, on: plans, in: transaction, at: now)
    }

    /// The rule decides, and what was told is left out.
    private static func sifted(
        _ rows: [Row], on plans: PlanCatalog, in transaction: Transaction, at now: Instant
    ) throws -> Found {
        let candidates = try rows.map(Candidate.init)
        let due = try candidates.filter { candidate in
            guard
                let notice = candidate.token.notice(lastUse: candidate.lastUse, on: plans[candidate.plan], at: now)
            else { return false }
            return try !notice.isTold(candidate.token.id, in: transaction)
        }
        let isWhole = Int64(candidates.count) == APITokenNotices.page
        let last = candidates.last.map { Place(expiresAt: $0.token.expiresAt, token: $0.token.id.rawValue) }
        return (due, isWhole ? last : nil)
    }
}
