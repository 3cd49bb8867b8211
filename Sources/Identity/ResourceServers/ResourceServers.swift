import Database
package import JOSE

/// The resource servers and their scope catalogs.
package struct ResourceServers: Sendable {
    let database: Database
    let random: RandomSource

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
    /// grants that hold them are refused at their next refresh.
    package func declare(_ server: ResourceServer, at now: Instant) async throws {
        try await database.write { transaction in
            let id = try find(server.identifier, in: transaction) ?? insert(server, in: transaction, at: now)
            _ = try transaction.run("UPDATE resource_servers SET name = ? WHERE id = ?", .text(server.name), .id(id))
            _ = try transaction.run("DELETE FROM scopes WHERE resource_server_id = ?", .id(id))
            for scope in server.scopes {
                _ = try transaction.run(
                    "INSERT INTO scopes (resource_server_id, name, description) VALUES (?, ?, ?)",
                    .id(id), .text(scope.name), .text(scope.description))
            }
            // Drawn, not counted: a number that was rolled back must never stand for another catalog.
            _ = try transaction.run(
                "UPDATE scope_catalog SET revision = ? WHERE id = 1", .integer(Int64(random.uint64() >> 1)))
        }
    }

    private func find(_ identifier: String, in transaction: Transaction) throws -> ResourceServer.ID? {
        try transaction.row("SELECT id FROM resource_servers WHERE identifier = ?", .text(identifier))?.id(0)
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
