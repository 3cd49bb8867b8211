import Database

/// All resource servers and their scopes, as one transaction sees them.
package struct ScopeCatalog: Sendable {
    package let servers: [ResourceServer]
    /// The names that exist, of each resource server and of all: asked for with every token.
    private let namesByAudience: [String: Set<String>]
    private let allNames: Set<String>
    private let existing = ExistingScopes()

    init(servers: [ResourceServer]) {
        self.servers = servers
        namesByAudience = Dictionary(
            servers.map { ($0.identifier, Set($0.scopes.map(\.name))) }, uniquingKeysWith: { first, _ in first })
        allNames = namesByAudience.values.reduce(into: []) { $0.formUnion($1) }
    }

    /// The names that exist: of one resource server, or of all when no audience is asked for.
    ///
    /// Nil when there is no such resource server.
    package func names(audience: String?) -> Set<String>? {
        guard let audience else { return allNames }
        return namesByAudience[audience]
    }

    /// Of some scopes those that exist, in their order.
    package func existing(of scopes: ScopeSet) -> ScopeSet {
        existing.of(scopes) { ScopeSet(distinct: scopes.names.filter(allNames.contains)) }
    }

    /// The description of a scope, for people. Empty for one that is gone from the catalog.
    package func description(of scope: String, audience: String?) -> String {
        let eligible = servers.filter { audience == nil || $0.identifier == audience }
        return eligible.lazy.flatMap(\.scopes).first { $0.name == scope }?.description ?? ""
    }

    static func load(_ transaction: Transaction) throws -> ScopeCatalog {
        let rows = try transaction.rows(
            """
            SELECT r.identifier, r.name, s.name, s.description
            FROM resource_servers r LEFT JOIN scopes s ON s.resource_server_id = r.id ORDER BY r.id, s.name
            """)
        var servers: [(identifier: String, name: String, scopes: [Scope])] = []
        for row in rows {
            let identifier = try row.text(0)
            if servers.last?.identifier != identifier {
                servers.append((identifier, try row.text(1), []))
            }
            guard let name = try row.optionalText(2) else { continue }
            servers[servers.count - 1].scopes.append(Scope(name, try row.text(3)))
        }
        return ScopeCatalog(
            servers: servers.map { ResourceServer(identifier: $0.identifier, name: $0.name, scopes: $0.scopes) })
    }
}
