import JOSE
import Testing

@testable import Identity

@Suite("Resource servers")
struct ResourceServerTests {
    private let api = "https://api.example.com"

    @Test("declared again have the new name and the new scopes, and no others", arguments: Engine.all)
    func declaredAgain(engine: Engine) async throws {
        let world = try await World(engine)
        let servers = world.provider.resourceServers
        let changed = ResourceServer(
            identifier: api, name: "Changed", scopes: [Scope("jobs:read", "See jobs"), Scope("mail:read", "Read mail")])
        for _ in 0..<2 { try await servers.declare(changed, at: .start) }
        let catalog = try await servers.catalog()
        #expect(catalog.servers.map(\.name) == ["Changed"])
        #expect(catalog.names(audience: api) == ["jobs:read", "mail:read"])
        #expect(catalog.description(of: "jobs:read", audience: api) == "See jobs")
        #expect(catalog.description(of: "jobs:write", audience: nil) == "")
        #expect(try await world.number("SELECT COUNT(*) FROM resource_servers") == 1)
    }

    @Test("each have their own scopes; without an audience all count", arguments: Engine.all)
    func several(engine: Engine) async throws {
        let world = try await World(engine)
        let servers = world.provider.resourceServers
        let other = ResourceServer(
            identifier: "https://other.example", name: "Other",
            scopes: [Scope("jobs:read", "Other jobs"), Scope("mail:read", "Read mail")])
        try await servers.declare(other, at: .start + .seconds(1))
        let catalog = try await servers.catalog()
        #expect(catalog.servers.map(\.identifier) == [api, other.identifier])
        #expect(catalog.names(audience: api) == ["jobs:read", "jobs:write", "bills:read"])
        #expect(catalog.names(audience: other.identifier) == ["jobs:read", "mail:read"])
        #expect(catalog.names(audience: nil) == ["jobs:read", "jobs:write", "bills:read", "mail:read"])
        #expect(catalog.names(audience: "https://other.example/") == nil)
        #expect(catalog.description(of: "jobs:read", audience: other.identifier) == "Other jobs")
        #expect(catalog.description(of: "jobs:read", audience: nil) == "Read jobs")
    }

    @Test("may have no scopes at all, and are known all the same", arguments: Engine.all)
    func noScopes(engine: Engine) async throws {
        let world = try await World(engine)
        try await world.provider.resourceServers.declare(
            ResourceServer(identifier: api, name: "Bare", scopes: []), at: .start)
        let catalog = try await world.provider.resourceServers.catalog()
        #expect(catalog.names(audience: api) == [])
        #expect(catalog.names(audience: nil) == [])
    }

    @Test("of the examples can be declared at every start", arguments: Engine.all)
    func examples(engine: Engine) async throws {
        let world = try await World(engine)
        let bootstrap = Bootstrap(world.provider)
        for _ in 0..<2 {
            try await bootstrap.registerCommandLine(at: .start)
            try await bootstrap.declareExampleResourceServers(at: .start)
        }
        let catalog = try await world.provider.resourceServers.catalog()
        #expect(catalog.servers.count == ExampleResourceServers.all.count + 1)
        for server in catalog.servers {
            #expect(
                server.scopes.allSatisfy { ScopeSet(parsing: $0.name)?.names == [$0.name] && !$0.description.isEmpty })
        }
        #expect(try await world.count(.clientRegistered) == 1)
        #expect(try await world.count(.clientChanged) == 0)
    }
}
