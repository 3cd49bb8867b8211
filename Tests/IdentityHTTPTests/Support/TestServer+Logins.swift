import HTTPTypes
import Identity
import JOSE
import Testing

/// The tokens of one answer.
struct Tokens: Sendable {
    let access: String
    let refresh: String
    let scope: String

    init(_ answer: Answer) throws {
        try #require(answer.status == .ok, "no tokens: \(answer.text)")
        access = try answer.string("access_token")
        refresh = try answer.string("refresh_token")
        scope = try answer.string("scope")
    }

    /// The claims of the access token, unverified.
    var claims: JSONObject {
        get throws {
            let parts = access.split(separator: ".")
            try #require(parts.count == 3)
            let payload = try #require(Base64URL.decode(String(parts[1])))
            return try #require(try JSONValue.parse(payload).object)
        }
    }

    /// `sid`
    var grant: Grant.ID {
        get throws { try #require(try claims["sid"]?.string.flatMap(Grant.ID.init)) }
    }

    /// `sub`
    var user: User.ID {
        get throws { try #require(try claims["sub"]?.string.flatMap(User.ID.init)) }
    }

    /// `org`
    var organization: Organization.ID {
        get throws { try #require(try claims["org"]?.string.flatMap(Organization.ID.init)) }
    }
}

/// A mail as its recipient reads it.
struct ReceivedMail: Sendable {
    let message: MailMessage

    /// The address after the blank line: the whole link.
    var link: String {
        get throws {
            try #require(message.text.split(separator: "\n").first { $0.contains("#token=") }.map(String.init))
        }
    }

    var token: String {
        get throws { try #require(try link.split(separator: "=").last.map(String.init)) }
    }

    /// Six digits on a line of their own.
    var code: String {
        get throws {
            let lines = message.text.split(separator: "\n").map(String.init)
            return try #require(lines.first { $0.count == 6 && $0.allSatisfy(\.isNumber) })
        }
    }

    /// Six digits that are not the code.
    var wrongCode: String {
        get throws { try code == "000000" ? "000001" : "000000" }
    }
}

extension TestServer {
    /// All mail that waits, sent.
    func deliveredMail() async throws -> [ReceivedMail] {
        let inbox = Inbox()
        _ = try await provider.mail.deliver(by: inbox, at: now)
        return inbox.messages.map(ReceivedMail.init)
    }

    /// The newest mail to an address.
    func mail(to email: String) async throws -> ReceivedMail {
        try #require(try await deliveredMail().last { $0.message.recipient.text == email }, "no mail to \(email)")
    }

    /// Asks for a link through the API, and opens the mail.
    func magicLink(_ email: String, headers: HTTPFields = [:]) async throws -> ReceivedMail {
        let answer = try await post("/api/v1/auth/magic_link", json: ["email": email], headers: headers)
        try #require(answer.status == .accepted, "\(answer.text)")
        return try await mail(to: email)
    }

    /// A login of the built-in client by magic link.
    func login(_ email: String = "ada@example.org") async throws -> Tokens {
        let mail = try await magicLink(email)
        return try Tokens(try await post("/api/v1/auth/magic_link/verify", json: ["token": mail.token]))
    }

    /// A login of a confidential client by magic link.
    func login(_ email: String, client: String, secret: String) async throws -> Tokens {
        let mail = try await magicLink(email, headers: .basic(client, secret))
        return try Tokens(
            try await post(
                "/api/v1/auth/magic_link/verify", json: ["token": mail.token], headers: .basic(client, secret)))
    }

    /// Refreshes in the JSON dialect, without naming a client.
    func refresh(_ token: String, idempotencyKey: String? = nil) async throws -> Answer {
        var headers: HTTPFields = [:]
        if let idempotencyKey { headers[.init("Idempotency-Key") ?? .date] = idempotencyKey }
        return try await post("/api/v1/auth/refresh", json: ["refresh_token": token], headers: headers)
    }

    /// Makes an application known.
    @discardableResult
    func register(
        _ identifier: String, secret: String? = nil, _ change: (inout Clients.Registration) -> Void = { _ in }
    ) async throws -> Client.ID {
        var registration = Clients.Registration(identifier: identifier, name: "App \(identifier)", secret: secret)
        change(&registration)
        return try await provider.clients.register(registration, at: now, from: .server)
    }
}

extension TestServer {
    func user(_ email: String) async throws -> User? {
        try await provider.users.find(try #require(EmailAddress(email)))
    }

    func setDisabled(_ disabled: Bool, _ email: String) async throws {
        let user = try #require(try await user(email))
        try await provider.users.setDisabled(disabled, user.id, at: now, from: .server)
    }

    /// The organization a user joined first.
    func organization(of email: String) async throws -> String? {
        let user = try #require(try await user(email))
        return try await provider.organizations.memberships(of: user.id).first?.organization.id.description
    }
}
