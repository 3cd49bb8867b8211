import Database
import JOSE

/// What a fresh server prints for whoever starts it: a link that makes the first owner.
struct SetupLink: Sendable, Identified {
    static let identifierPrefix = "set"
    typealias ID = Identifier<SetupLink>

    let id: ID
    let expiresAt: Instant

    /// Half an hour: long enough to walk to a browser, short enough for what lies in a log.
    static let lifetime = Duration.seconds(1_800)

    /// What is wrong with it; nil when it may be claimed.
    ///
    /// - Parameter isOver: whether there is a user already, however they came to be.
    func refusal(isOver: Bool, at now: Instant) -> SetupRefusal? {
        if isOver { return .over }
        return now < expiresAt ? nil : .expired
    }
}

/// Why a setup link makes nobody an owner.
package enum SetupRefusal: Error, Hashable, Sendable {
    /// It is no link of this server, or of a time long past.
    case unknown
    case expired
    /// The server has a user, so nobody can be the first.
    case over
    /// Another organization has this slug.
    case slugTaken
}

extension SetupLink {
    init(_ row: Row) throws {
        id = try row.id(0)
        expiresAt = try row.time(1)
    }

    static func find(_ token: OneTimeSecret, in transaction: Transaction) throws -> SetupLink? {
        try transaction.row("SELECT id, expires_at FROM setup_links WHERE token_digest = ?", .blob(token.digest))
            .map(SetupLink.init)
    }

    /// Writes down that a link was claimed. False when one was before.
    func claim(in transaction: Transaction, at now: Instant) throws -> Bool {
        try transaction.run(
            "INSERT INTO setup_claim (id, setup_link_id, claimed_at) VALUES (1, ?, ?) ON CONFLICT (id) DO NOTHING",
            .id(id), .time(now)) == 1
    }

    static func isOver(in transaction: Transaction) throws -> Bool {
        try transaction.row(
            """
            SELECT 1 WHERE EXISTS (SELECT 1 FROM users) OR EXISTS (SELECT 1 FROM setup_claim)
            """) != nil
    }
}
