import Database
package import JOSE

extension APITokens {
    /// Tokens of an organization, and what its plan allows: there may be none because there may not be any.
    package struct Listing: Sendable {
        package let tokens: Paged<Listed>
        package let terms: PlanTerms
    }

    /// One page of an organization's tokens, those that are over among them, the newest first.
    package func list(
        _ page: Page, by actor: Actor, at now: Instant
    ) async throws -> Result<Listing, APITokenRefusal> {
        try await database.read { transaction in
            switch try allowed(.readTokens, actor, in: transaction) {
            case .failure(let refusal): return .failure(refusal)
            case .success(let membership):
                let terms = plans[membership.organization.plan]
                let tokens = try transaction.rows(
                    """
                    SELECT \(Listed.columns) FROM api_tokens t WHERE t.organization_id = ?
                    ORDER BY t.id DESC LIMIT ? OFFSET ?
                    """,
                    .time(BillingPeriod(of: now).start), .id(actor.organization), .integer(page.limit),
                    .integer(page.offset)
                ).map { try Listed($0, terms) }
                let total = try transaction.row(
                    "SELECT COUNT(*) FROM api_tokens WHERE organization_id = ?", .id(actor.organization))
                let paged = Paged(items: tokens, page: page, total: try total?.integer(0) ?? 0)
                return .success(Listing(tokens: paged, terms: terms))
            }
        }
    }

    package func find(
        _ id: APIToken.ID, by actor: Actor, at now: Instant
    ) async throws -> Result<Listed, APITokenRefusal> {
        try await database.read { transaction in
            switch try allowed(.readTokens, actor, in: transaction) {
            case .failure(let refusal): return .failure(refusal)
            case .success(let membership):
                return try found(id, actor, membership, in: transaction, at: now)
            }
        }
    }

    private func found(
        _ id: APIToken.ID, _ actor: Actor, _ membership: Membership, in transaction: Transaction, at now: Instant
    ) throws -> Result<Listed, APITokenRefusal> {
        guard let token = try APIToken.find(id, of: actor.organization, in: transaction) else {
            return .failure(.unknown)
        }
        return .success(try Listed.of(token, plans[membership.organization.plan], in: transaction, at: now))
    }

    /// What was done with a token: of each day that saw a call, and of the last one.
    package struct Usage: Sendable {
        package struct Day: Hashable, Sendable {
            package let start: Instant
            package let calls: Int64
        }

        package struct Last: Hashable, Sendable {
            package let at: Instant
            package let address: String
            package let agent: String
        }

        package let listed: Listed
        package let last: Last?
        /// The newest first.
        package let days: [Day]

        /// So many days are told.
        package static let dayCount: Int64 = 90
    }

    /// What was done with a token. What happened within the last moments is missing: see ``APITokenUses``.
    package func usage(
        of id: APIToken.ID, by actor: Actor, at now: Instant
    ) async throws -> Result<Usage, APITokenRefusal> {
        try await database.read { transaction in
            switch try allowed(.readTokens, actor, in: transaction) {
            case .failure(let refusal): return .failure(refusal)
            case .success(let membership):
                switch try found(id, actor, membership, in: transaction, at: now) {
                case .failure(let refusal): return .failure(refusal)
                case .success(let listed): return .success(try Usage(of: listed, in: transaction, at: now))
                }
            }
        }
    }
}

extension APITokens.Listed {
    /// Their first value is the beginning of the billing period.
    static let columns = """
        \(APIToken.columns), (SELECT MAX(d.last_used_at) FROM api_token_days d WHERE d.token_id = t.id),
        (SELECT CAST(COALESCE(SUM(d.calls), 0) AS INTEGER) FROM api_token_days d
            WHERE d.token_id = t.id AND d.day >= ?), (SELECT u.name FROM users u WHERE u.id = t.created_by)
        """

    init(_ row: Row, _ terms: PlanTerms) throws {
        token = try APIToken(row)
        self.terms = terms
        lastUsedAt = try row.optionalTime(APIToken.columnCount)
        calls = try row.integer(APIToken.columnCount + 1)
        makerName = try row.text(APIToken.columnCount + 2)
    }

    static func of(
        _ token: APIToken, _ terms: PlanTerms, in transaction: Transaction, at now: Instant
    ) throws -> Self {
        let row = try transaction.row(
            """
            SELECT MAX(last_used_at), CAST(COALESCE(SUM(CASE WHEN day >= ? THEN calls ELSE 0 END), 0) AS INTEGER)
            FROM api_token_days WHERE token_id = ?
            """, .time(BillingPeriod(of: now).start), .id(token.id))
        return Self(
            token: token, terms: terms, makerName: try User.find(token.createdBy, in: transaction)?.name ?? "",
            lastUsedAt: try row?.optionalTime(0), calls: try row?.integer(1) ?? 0)
    }
}

extension APITokens.Usage {
    init(of listed: APITokens.Listed, in transaction: Transaction, at now: Instant) throws {
        self.listed = listed
        let rows = try transaction.rows(
            """
            SELECT day, calls, last_used_at, last_used_address, last_used_agent FROM api_token_days
            WHERE token_id = ? ORDER BY day DESC LIMIT ?
            """, .id(listed.token.id), .integer(Self.dayCount))
        last = try rows.first.map { Last(at: try $0.time(2), address: try $0.text(3), agent: try $0.text(4)) }
        let oldest = now.startOfDay - .seconds((Self.dayCount - 1) * 86_400)
        days = try rows.map { Day(start: try $0.time(0), calls: try $0.integer(1)) }.filter { $0.start >= oldest }
    }
}
