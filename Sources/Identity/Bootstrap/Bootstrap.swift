package import Database
package import JOSE

/// What an empty database needs before the first request. Safe to run at every start, on every node.
package struct Bootstrap: Sendable {
    private let provider: IdentityProvider

    package init(_ provider: IdentityProvider) {
        self.provider = provider
    }

    /// Whether the database was used before, so that only the master key it was used with will do.
    package static func needsFormerMasterKey(_ database: Database) async throws -> Bool {
        try await SigningKeys.exist(in: database)
    }

    /// Registers the built-in first-party client.
    ///
    /// - Parameter stepUp: whether letting a terminal in takes a second factor.
    package func registerCommandLine(stepUp: Client.StepUpPolicy = .never, at now: Instant) async throws {
        var registration = Clients.Registration(identifier: Client.commandLine, name: "Latchkey command line")
        registration.grantTypes = Set(Client.GrantType.allCases)
        registration.stepUp = stepUp
        try await provider.clients.register(registration, at: now, from: .server)
    }

    /// Makes the scopes of the example resource servers known: the four APIs that the product was conceived from.
    package func declareExampleResourceServers(at now: Instant) async throws {
        try await declare(ExampleResourceServers.all, at: now)
    }

    /// Makes the operator's resource servers known.
    package func declare(_ servers: [ResourceServer], at now: Instant) async throws {
        for server in servers { try await provider.resourceServers.declare(server, at: now) }
    }

    /// The slug of the organization that everyone joins in development mode.
    package static let demoSlug = "demo"

    /// Finds or founds the `Demo` organization, before anyone can sign in.
    package static func demoOrganization(
        _ database: Database, random: RandomSource, at now: Instant
    ) async throws -> Organization.ID {
        let organizations = Organizations(database, random: random)
        return try await database.write { transaction in
            if let known = try Organization.find(slug: demoSlug, in: transaction) { return known.id }
            return try organizations.create(
                name: "Demo", slug: demoSlug, plan: .business, owner: nil, in: transaction, at: now, from: .server)
        }
    }
}
