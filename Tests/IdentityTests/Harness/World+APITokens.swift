import Database
import JOSE
import Synchronization
import Testing

@testable import Identity

/// The letters about API tokens that were written, in order.
final class APITokenLetters: Sendable {
    private let letters = Mutex<[APITokenLetter]>([])

    func append(_ letter: APITokenLetter) {
        letters.withLock { $0.append(letter) }
    }

    var all: [APITokenLetter] { letters.withLock { $0 } }
}

extension APITokenLetter.Occasion {
    /// For the subject.
    var name: String {
        switch self {
        case .expiring: "expiring"
        case .unused: "unused"
        case .makerGone(_, _, let wasRemoved): wasRemoved ? "removed" : "left"
        }
    }
}

extension World {
    /// A login of this person in their organization, with a second factor just shown unless told otherwise.
    func actor(
        _ visitor: Visitor, scopes: ScopeSet? = nil, isProven: Bool = true, at now: Instant = .start
    ) async throws -> APITokens.Actor {
        let tokens = try await tokens(for: visitor, try await commandLine(), scopes: scopes, at: now)
        let grant = try await grant(tokens.refreshToken).id
        if isProven {
            try await tamper(
                "UPDATE grants SET proven_at = ?, proof = 'totp' WHERE id = ?", .integer(now.microseconds),
                .integer(grant.rawValue))
        }
        return APITokens.Actor(try await provider.grants.standing(of: grant, at: now).get())
    }

    /// An owner whose organization is on a plan, with a login that has shown a second factor.
    func admin(
        _ email: String = "ada@example.com", on plan: Organization.Plan = .business, at now: Instant = .start
    ) async throws -> (visitor: Visitor, actor: APITokens.Actor) {
        let visitor = try await visitor(email, at: now)
        try await put(visitor.organization.id, on: plan)
        return (visitor, try await actor(visitor, at: now))
    }

    func put(_ organization: Organization.ID, on plan: Organization.Plan) async throws {
        _ = try await provider.organizations.changePlan(of: organization, to: plan, at: .start, from: .server).get()
    }

    func mint(
        _ minting: Minting = .example, by actor: APITokens.Actor, at now: Instant = .start
    ) async throws -> Result<APITokens.Given, APITokenRefusal> {
        try await provider.apiTokens.mint(minting, by: actor, at: now, from: .desk)
    }

    /// Gives an organization as many tokens as it may have, all like one that it has.
    func fill(with token: APIToken.ID) async throws {
        try await database.write { transaction in
            for number in 1..<APIToken.maximumCount {
                try transaction.run(
                    """
                    INSERT INTO api_tokens (id, organization_id, label, access, scopes, code, last_four, generation,
                        created_by, created_at)
                    SELECT ?, organization_id, label, access, scopes, code, last_four, 1, created_by, created_at
                    FROM api_tokens WHERE id = ?
                    """, .integer(number), .integer(token.rawValue))
            }
        }
    }

    /// Shows a token, as a program does.
    func use(
        _ secret: String, at now: Instant = .start
    ) async throws -> Result<APITokens.Active, APITokenUseRefusal> {
        try await provider.apiTokens.authenticate(secret, at: now, from: .device)
    }

    func rotate(
        _ given: APITokens.Given, overlap: Int64 = 0, by actor: APITokens.Actor, at now: Instant = .start
    ) async throws -> Result<APITokens.Given, APITokenRefusal> {
        try await provider.apiTokens.rotate(
            given.listed.token.id, overlap: .seconds(overlap), by: actor, at: now, from: .desk)
    }
}

extension Minting {
    static let example = Minting(label: "CI", access: .full)
}

extension Visitor {
    /// The same person, at work in another organization.
    func working(in organization: Organization) -> Visitor {
        Visitor(secret: secret, authenticated: authenticated, organization: organization)
    }
}
