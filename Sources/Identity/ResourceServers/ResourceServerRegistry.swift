package import Database
package import JOSE
import Metrics

/// What an operator does with resource servers on the server's machine: look at them, give them the secret that they
/// introspect with, remove them.
package struct ResourceServerRegistry: Sendable {
    private let database: Database
    private let random: RandomSource
    private let audit: AuditTrail

    package init(database: Database, random: RandomSource = .system) {
        self.database = database
        self.random = random
        audit = AuditTrail(database: database, random: random)
    }

    /// A resource server, and whether it has a secret.
    package struct Listed: Sendable {
        package let server: ResourceServer
        package let clientID: String
        package let hasSecret: Bool
    }

    /// What a resource server proves itself with at `/oauth/introspect`: a client that may do nothing else.
    package struct Credentials: Sendable {
        package let clientID: String
        package let secret: String
    }

    /// Begins every such secret, so that scanners and people know it.
    package static let secretPrefix = "lkcs_"

    package func list() async throws -> [Listed] {
        try await database.read { transaction in
            try ScopeCatalog.load(transaction).servers.compactMap { server in
                guard let id = try ResourceServers.find(server.identifier, in: transaction) else { return nil }
                let client = try Client.find(id.description, in: transaction)
                return Listed(server: server, clientID: id.description, hasSecret: client?.isPublic == false)
            }
        }
    }

    /// Draws a new secret; the one before is over at once. Nil when there is no such resource server.
    ///
    /// - Parameter keys: derived from the master key; only a code of the secret is stored.
    package func rotateSecret(
        of identifier: String, keys: PurposeKeys, at now: Instant
    ) async throws -> Credentials? {
        guard let listed = try await list().first(where: { $0.server.identifier == identifier }) else { return nil }
        let secret = OneTimeSecret(prefix: Self.secretPrefix, random: random).text
        var registration = Clients.Registration(
            identifier: listed.clientID, name: listed.server.name, secret: secret)
        (registration.grantTypes, registration.scopes) = ([], ScopeSet())
        let clients = Clients(
            database: database, random: random, keys: keys, audit: audit,
            refusals: RefusalCounters(NOOPMetricsHandler.instance))
        try await clients.register(registration, at: now, from: .command(.resourceServers))
        return Credentials(clientID: listed.clientID, secret: secret)
    }

    /// Removes a resource server, its scopes, and what it proves itself with. False when there is none.
    ///
    /// API tokens lose those scopes at once, and logins that hold one of them are refused; an access token that is out
    /// stays good until it expires, for whoever verifies offline.
    package func remove(_ identifier: String, at now: Instant) async throws -> Bool {
        try await database.write { transaction in
            guard let id = try ResourceServers.find(identifier, in: transaction) else { return false }
            let known = try ScopeCatalog.load(transaction).servers.first { $0.identifier == identifier }
            _ = try transaction.run("DELETE FROM scopes WHERE resource_server_id = ?", .id(id))
            _ = try transaction.run("DELETE FROM resource_servers WHERE id = ?", .id(id))
            _ = try transaction.run(
                "UPDATE clients SET disabled_at = ? WHERE identifier = ? AND disabled_at IS NULL", .time(now),
                .text(id.description))
            try ResourceServers.bumpRevision(random, in: transaction)
            let event = AuditEvent(
                .resourceServerRemoved,
                detail: [
                    "identifier": identifier, "before.name": known?.name ?? "",
                    "before.scopes": (known?.scopes.map(\.name).sorted() ?? []).wordList,
                ])
            try audit.record(event, in: transaction, at: now, from: .command(.resourceServers))
            return true
        }
    }

    /// How many logins would be refused without it: those for this audience, and those for none that hold a scope which
    /// no other resource server has.
    package func loginsThatNeed(_ identifier: String) async throws -> Int64 {
        try await database.read { transaction in
            let servers = try ScopeCatalog.load(transaction).servers
            func names(_ isWanted: (ResourceServer) -> Bool) -> Set<String> {
                Set(servers.filter(isWanted).flatMap(\.scopes).map(\.name))
            }
            let lost = names { $0.identifier == identifier }.subtracting(names { $0.identifier != identifier })
            let kinds = try transaction.rows(
                "SELECT scopes, audience, COUNT(*) FROM grants WHERE revoked_at IS NULL GROUP BY scopes, audience")
            return try kinds.reduce(0) { count, row in
                let audience = try row.optionalText(1)
                let needsIt =
                    try audience == identifier || (audience == nil && !lost.isDisjoint(with: row.scopes(0).names))
                return needsIt ? count + (try row.integer(2)) : count
            }
        }
    }
}
