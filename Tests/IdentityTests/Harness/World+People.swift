import Identity
import JOSE
import Testing

/// A person at a browser, signed in.
struct Visitor: Sendable {
    /// What the browser's session cookie holds.
    let secret: OneTimeSecret
    let authenticated: Sessions.Authenticated
    let organization: Organization

    var user: User { authenticated.user }
    var login: Login { authenticated.login }
}

extension World {
    /// Signs someone in by a magic link, as a browser does. A new address becomes a user.
    func visitor(_ email: String = "ada@example.com", at now: Instant = .start) async throws -> Visitor {
        let browser = OneTimeSecret(random: .system)
        let token = try await link(email, by: .browser(browser, returnTo: "/"), at: now).token
        let signedIn = try await provider.magicLinkSignIn.spend(token, browser: browser, at: now, from: .desk).get()
        let authenticated = try #require(try await provider.sessions.authenticate(signedIn.secret, at: now))
        let memberships = try await provider.organizations.memberships(of: signedIn.user.id)
        return Visitor(
            secret: signedIn.secret, authenticated: authenticated,
            organization: try #require(memberships.first).organization
        )
    }

    /// Asks for a magic link and reads the letter.
    func link(
        _ email: String = "ada@example.com", by asker: MagicLinks.Asker, at now: Instant = .start
    ) async throws -> MagicLinkLetter {
        let address = try #require(EmailAddress(email))
        _ = try await provider.magicLinks.request(address, by: asker, at: now, from: .desk)
        return try #require(letters.all.last)
    }

    /// Registers a client, public unless the registration is given a secret.
    @discardableResult
    func client(
        _ identifier: String = "app", at now: Instant = .start,
        _ configure: (inout Clients.Registration) -> Void = { _ in }
    ) async throws -> Client {
        var registration = Clients.Registration(identifier: identifier, name: "App \(identifier)")
        configure(&registration)
        try await provider.clients.register(registration, at: now, from: .server)
        return try #require(try await provider.clients.find(identifier))
    }

    /// The built-in first-party client.
    func commandLine() async throws -> Client {
        try #require(try await provider.clients.find(Client.commandLine))
    }
}

extension World {
    /// A device asks for codes.
    func codes(
        _ client: Client, scopes: ScopeSet? = nil, resource: String? = nil, organization: String? = nil,
        at now: Instant = .start
    ) async throws -> DeviceFlow.Codes {
        let request = DeviceFlow.Request(
            client: client, scopes: scopes, resource: resource, organization: organization)
        return try await provider.deviceFlow.authorize(request, at: now, from: .device).get()
    }

    /// The person opens the code and lets the device in.
    func approve(
        _ codes: DeviceFlow.Codes, by visitor: Visitor, in organization: Organization.ID? = nil,
        at now: Instant = .start
    ) async throws {
        let decisions = provider.deviceDecisions
        _ = try await decisions.open(codes.userCode, by: visitor.authenticated, at: now, from: .desk).get()
        _ = try await decisions.approve(
            codes.userCode, organization: organization ?? visitor.organization.id, by: visitor.authenticated, at: now,
            from: .desk
        ).get()
    }

    /// The device asks for its tokens.
    func poll(
        _ codes: DeviceFlow.Codes, by client: Client, at now: Instant = .start
    ) async throws -> Result<TokenSet, DeviceFlowRefusal> {
        try await provider.deviceFlow.redeem(codes.deviceCode, by: .authenticated(client), at: now, from: .device)
    }

    /// The whole device flow: a device of this person has its first tokens.
    func tokens(
        for visitor: Visitor, _ client: Client, scopes: ScopeSet? = nil, resource: String? = nil,
        at now: Instant = .start
    ) async throws -> TokenSet {
        let codes = try await codes(client, scopes: scopes, resource: resource, at: now)
        try await approve(codes, by: visitor, at: now)
        return try await poll(codes, by: client, at: now).get()
    }

    /// One refresh by a client.
    func refresh(
        _ token: String, by client: Client, key: String? = nil, at now: Instant,
        _ configure: (inout RefreshTokens.Request) -> Void = { _ in }
    ) async throws -> Result<TokenSet, RefreshRefusal> {
        var request = RefreshTokens.Request(token: token, client: .authenticated(client))
        request.idempotencyKey = key
        configure(&request)
        return try await provider.refreshTokens.refresh(request, at: now, from: .device)
    }
}

/// Runs the same work many times at once, and answers all outcomes.
func inParallel<Outcome: Sendable>(
    _ count: Int, _ work: @escaping @Sendable (Int) async throws -> Outcome
) async throws -> [Outcome] {
    try await withThrowingTaskGroup { group in
        for index in 0..<count {
            group.addTask { try await work(index) }
        }
        var outcomes: [Outcome] = []
        for try await outcome in group {
            outcomes.append(outcome)
        }
        return outcomes
    }
}
