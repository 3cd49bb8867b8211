import Database
package import JOSE

/// The resource servers and their scope catalogs.
package struct ResourceServers: Sendable {
    let database: Database
    let random: RandomSource
    let audit: AuditTrail

    let cache = ScopeCatalogCache()

    package func catalog() async throws -> ScopeCatalog {
        try await database.read(catalog(in:))
    }

    /// The catalog as a transaction sees it. It is asked for with every token and seldom changes, so it is kept until
    /// its revision is another.
    func catalog(in transaction: Transaction) throws -> ScopeCatalog {
        let revision = try transaction.row("SELECT revision FROM scope_catalog WHERE id = 1")?.integer(0) ?? 0
        return try catalog(of: revision, in: transaction)
    }

    /// The same, when the revision was read together with something else.
    func catalog(of revision: Int64, in transaction: Transaction) throws -> ScopeCatalog {
        try cache.catalog(of: revision) { try ScopeCatalog.load(transaction) }
    }

    /// Makes a resource server known, or brings its name and catalog up to date. Scopes no longer named are removed:
    /// API tokens lose them at once, and logins that hold them are refused while the scope is missing.
    ///
    /// Safe at every start of every node: when nothing changed nothing is written.
    package func declare(_ server: ResourceServer, at now: Instant) async throws {
        if try await catalog().servers.contains(where: server.isSame) { return }
        try await database.write { transaction in
            let known = try ScopeCatalog.load(transaction).servers.first { $0.identifier == server.identifier }
            if let known, known.isSame(as: server) { return }
            let id = try Self.find(server.identifier, in: transaction) ?? insert(server, in: transaction, at: now)
            _ = try transaction.run("UPDATE resource_servers SET name = ? WHERE id = ?", .text(server.name), .id(id))
            _ = try transaction.run("DELETE FROM scopes WHERE resource_server_id = ?", .id(id))
            for scope in server.scopes {
                _ = try transaction.run(
                    "INSERT INTO scopes (resource_server_id, name, description) VALUES (?, ?, ?)",
                    .id(id), .text(scope.name), .text(scope.description))
            }
            try Self.bumpRevision(random, in: transaction)
            try audit.record(
                AuditEvent(.resourceServerDeclared, detail: Self.detail(of: server, before: known)),
                in: transaction, at: now, from: .server)
        }
    }

    /// Drawn, not counted: a number that was rolled back must never stand for another catalog.
    static func bumpRevision(_ random: RandomSource, in transaction: Transaction) throws {
        _ = try transaction.run(
            "UPDATE scope_catalog SET revision = ? WHERE id = 1", .integer(Int64(random.uint64() >> 1)))
    }

    static func find(_ identifier: String, in transaction: Transaction) throws -> ResourceServer.ID? {
        try transaction.row("SELECT id FROM resource_servers WHERE identifier = ?", .text(identifier))?.id(0)
    }

    private static func detail(of server: ResourceServer, before: ResourceServer?) -> [String: String] {
        let (old, new) = (Set((before?.scopes ?? []).map(\.name)), Set(server.scopes.map(\.name)))
        return [
            "identifier": server.identifier, "added": new.subtracting(old).sorted().wordList,
            "removed": old.subtracting(new).sorted().wordList,
        ]
    }

    private func insert(
        _ server: ResourceServer, in transaction: Transaction, at now: Instant
    ) throws -> ResourceServer.ID {
        try transaction.insert(ResourceServer.self, at: now, random: random) { id in
            try transaction.run(
                "INSERT INTO resource_servers (id, identifier, name) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
                .id(id), .text(server.identifier), .text(server.name))
        }
    }
}
