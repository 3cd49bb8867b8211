import Database
import JOSE

extension MagicLink {
    static let columns = """
        l.id, l.email, l.browser_digest, l.match_code, l.client_id, l.return_to, l.state, l.wrong_codes, l.address,
        l.agent, l.created_at, l.expires_at, l.code_code
        """

    init(_ row: Row) throws {
        let stored = try row.text(1)
        guard let email = EmailAddress(stored) else { throw DatabaseFailure.corrupt("a magic link has no address") }
        let asker: Asker
        if let client: Client.ID = try row.optionalID(4) {
            asker = .application(client)
        } else {
            asker = .browser(digest: try row.blob(2), matchCode: try row.text(3))
        }
        self.init(
            id: try row.id(0), email: email, asker: asker, returnTo: try row.text(5),
            state: try Identity.stored(row.text(6)),
            wrongCodes: try row.integer(7), address: try row.text(8), agent: try row.text(9),
            createdAt: try row.time(10), expiresAt: try row.time(11))
    }

    static func find(_ token: OneTimeSecret, in transaction: Transaction) throws -> MagicLink? {
        try transaction.row("SELECT \(columns) FROM magic_links l WHERE l.token_digest = ?", .blob(token.digest))
            .map(MagicLink.init)
    }

    /// A link with the keyed code of its six digits.
    struct WithCode {
        var link: MagicLink
        let code: [UInt8]
    }

    /// The living link first, of which there is at most one; identifiers tell the order of the others only as well as
    /// the clocks of the nodes agree.
    private static let newestFirst = "ORDER BY l.state IN ('waiting', 'approved') DESC, l.id DESC"

    /// The newest link that a browser asked for.
    static func findLatest(askedByBrowser digest: [UInt8], in transaction: Transaction) throws -> WithCode? {
        try transaction.row(
            "SELECT \(columns) FROM magic_links l WHERE l.browser_digest = ? \(newestFirst) LIMIT 1", .blob(digest)
        ).map { WithCode(link: try MagicLink($0), code: try $0.blob(12)) }
    }

    /// The newest link that an application asked for, for an address.
    static func findLatest(askedByApplicationFor email: EmailAddress, in transaction: Transaction) throws -> WithCode? {
        try transaction.row(
            """
            SELECT \(columns) FROM magic_links l
            WHERE l.email_canonical = ? AND l.client_id IS NOT NULL \(newestFirst) LIMIT 1
            """, .text(email.canonical)
        ).map { WithCode(link: try MagicLink($0), code: try $0.blob(12)) }
    }

    /// How many wrong codes were entered for the links of an address in the last day, or enough of them to know.
    static func wrongCodes(for email: EmailAddress, at now: Instant, in transaction: Transaction) throws -> Int64 {
        try transaction.rows(
            """
            SELECT l.wrong_codes FROM magic_links l
            WHERE l.email_canonical = ? AND l.created_at > ? AND l.wrong_codes > 0 LIMIT ?
            """,
            .text(email.canonical), .time(now - wrongCodeMemory), .integer(maximumWrongCodesOfAddress)
        ).reduce(0) { try $0 + $1.integer(0) }
    }

    /// The newest link wins: those of the same address before it are no longer good, nor those of the same browser,
    /// which waits for one sign-in at a time.
    ///
    /// - Parameter asker: nil where no newer one comes, and those of the address are over all the same.
    static func supersede(for email: EmailAddress, and asker: Asker? = nil, in transaction: Transaction) throws {
        var browser: [UInt8]?
        if case .browser(let digest, _) = asker { browser = digest }
        _ = try transaction.run(
            """
            UPDATE magic_links SET state = 'superseded'
            WHERE (email_canonical = ? OR browser_digest = ?) AND state IN ('waiting', 'approved')
            """, .text(email.canonical), .optional(browser))
    }

    func insert(token: OneTimeSecret, code: [UInt8], in transaction: Transaction) throws -> Int {
        var browser: (digest: [UInt8], matchCode: String)?
        var client: Client.ID?
        switch asker {
        case .browser(let digest, let matchCode): browser = (digest, matchCode)
        case .application(let id): client = id
        }
        return try transaction.run(
            """
            INSERT INTO magic_links (id, token_digest, email, email_canonical, code_code, browser_digest, match_code,
                client_id, return_to, state, wrong_codes, address, agent, created_at, expires_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
            """,
            .id(id), .blob(token.digest), .text(email.text), .text(email.canonical), .blob(code),
            .optional(browser?.digest), .optional(browser?.matchCode), .id(client), .text(returnTo),
            .text(state.rawValue), .integer(wrongCodes), .text(address), .text(agent), .time(createdAt),
            .time(expiresAt))
    }

    /// Saves a step: false when another caller was first.
    func save(after former: MagicLink, in transaction: Transaction) throws -> Bool {
        try transaction.run(
            "UPDATE magic_links SET state = ?, wrong_codes = ? WHERE id = ? AND state = ? AND wrong_codes = ?",
            .text(state.rawValue), .integer(wrongCodes), .id(id), .text(former.state.rawValue),
            .integer(former.wrongCodes)) == 1
    }
}
