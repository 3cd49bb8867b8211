import JOSE

/// `GET /api/v1/auth/me`: whose token it is, for which organization, and until when.
struct Person: Hashable, Sendable {
    struct Organization: Hashable, Sendable {
        let slug: String
        let name: String
        let role: String
    }

    let email: String
    let name: String
    let organization: Organization
    let scopes: [String]
    let sessionExpiresAt: Instant?
    /// All that the server said, for `--json`.
    let json: JSONObject

    init?(_ json: JSONObject) {
        guard let email = json["email"]?.string, let organization = json["organization"]?.object,
            let slug = organization["slug"]?.string
        else { return nil }
        self.email = email.printable
        name = json["name"]?.string?.printable ?? ""
        self.organization = Organization(
            slug: slug.printable, name: organization["name"]?.string?.printable ?? slug.printable,
            role: organization["role"]?.string?.printable ?? "member")
        scopes = json["scopes"]?.strings?.map(\.printable) ?? []
        sessionExpiresAt = Instant(json: json["session"]?.object?["expires_at"])
        self.json = json
    }

    var account: Credential.Account { Credential.Account(email: email, organization: organization.slug) }

    /// A label and what it is about, a line each.
    var description: [(label: String, text: String)] {
        [
            ("organization", "\(organization.name) (\(organization.slug)), \(organization.role)"),
            ("scopes", scopes.isEmpty ? "none" : scopes.asScopes),
            ("until", sessionExpiresAt.map { "\($0.readable), unless you log out" } ?? "you log out"),
        ]
    }
}

extension [String] {
    /// Scopes for people: each where they are few, else how many and where to see them.
    var asScopes: String {
        count > 8 ? "\(count) scopes; see them: latchkey scopes, or latchkey whoami --json" : joined(separator: " ")
    }
}

extension Instant {
    /// RFC 3339 text, or seconds since 1970.
    init?(json: JSONValue?) {
        switch json {
        case .string(let text): self.init(iso8601: text)
        case .integer(let seconds): self.init(seconds: seconds)
        default: return nil
        }
    }

    /// `2026-11-20 21:45 UTC`
    var readable: String {
        let text = iso8601
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }
}

extension IdentityServer {
    func person(bearer: String) async throws -> ServerAnswer {
        try await call(.get, "/api/v1/auth/me", bearer: bearer)
    }
}
