import Database
package import JOSE

/// An application that asks for tokens (RFC 6749 §2).
package struct Client: Sendable, Identified {
    package static let identifierPrefix = "cli"
    package typealias ID = Identifier<Client>

    /// The ways of this server to get tokens (RFC 6749 §1.3, RFC 8628 §3.4), each with its wire name.
    package enum GrantType: String, Sendable, CaseIterable {
        case deviceCode = "urn:ietf:params:oauth:grant-type:device_code"
        case refreshToken = "refresh_token"
        /// Ours: a person proves an address in the application itself (`/api/v1/auth/magic_link`).
        case magicLink = "urn:latchkey:params:oauth:grant-type:magic_link"
        /// Ours: a person proves a passkey in the application itself (`/api/v1/auth/passkey/login`), and has their
        /// passkeys kept by it. For first-party clients: whoever may add a passkey to an account has the account.
        case passkey = "urn:latchkey:params:oauth:grant-type:passkey"
    }

    /// When a second factor is asked for before a device is let in.
    package enum StepUpPolicy: String, Sendable, CaseIterable {
        case never
        /// One of the last five minutes, at each approval.
        case always
    }

    package let id: ID
    /// The `client_id` of the protocol.
    package let identifier: String
    package var name: String
    /// The code of its secret; nil for a public client.
    let secretCode: [UInt8]?
    package var grantTypes: Set<GrantType>
    /// What it may ask for; nil: every scope of the catalog (the built-in first-party client).
    package var scopes: ScopeSet?
    /// Where links in mail lead when this client asked for them, instead of our own page. The token follows as fragment.
    package var magicLinkURI: String?
    /// How long a refresh token just replaced may be presented once more. Zero unless a client cannot do without it.
    package var refreshReuseLeeway: Duration
    /// Whether letting a device of it in takes a second factor.
    package var stepUp: StepUpPolicy
    package var disabledAt: Instant?

    /// A public client cannot keep a secret and is known by its identifier alone (RFC 6749 §2.1).
    package var isPublic: Bool { secretCode == nil }

    /// The client that is used when a first-party request names none.
    package static let commandLine = "latchkey-cli"
}

extension Client {
    static let columns = """
        c.id, c.identifier, c.name, c.secret_code, c.grant_types, c.scopes, c.magic_link_uri, c.refresh_reuse_leeway,
        c.disabled_at, c.step_up
        """
    static let columnCount = 10

    /// - Parameter first: the column at which the client's columns begin.
    init(_ row: Row, first: Int = 0) throws {
        id = try row.id(first)
        identifier = try row.text(first + 1)
        name = try row.text(first + 2)
        secretCode = try row.optionalBlob(first + 3)
        grantTypes = Set(try row.words(first + 4).map { try stored($0) })
        scopes = try row.optionalText(first + 5).map(ScopeSet.init(stored:))
        magicLinkURI = try row.optionalText(first + 6)
        refreshReuseLeeway = .microseconds(try row.integer(first + 7))
        disabledAt = try row.optionalTime(first + 8)
        stepUp = try stored(row.text(first + 9))
    }

    /// Nil for what is no identifier at all (RFC 6749 Appendix A.1): anyone may send anything as `client_id`.
    static func find(_ identifier: String, in transaction: Transaction) throws -> Client? {
        guard identifier.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        return try transaction.row("SELECT \(columns) FROM clients c WHERE c.identifier = ?", .text(identifier))
            .map { try Client($0) }
    }

    static func find(_ id: ID, in transaction: Transaction) throws -> Client? {
        try transaction.row("SELECT \(columns) FROM clients c WHERE c.id = ?", .id(id)).map { try Client($0) }
    }
}
