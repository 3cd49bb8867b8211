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
        // The example of this world, and the change; the second time there was none.
        #expect(try await world.count(.resourceServerDeclared) == 2)
        let details = try await world.events().filter { $0.kind == .resourceServerDeclared }.map(\.detail)
        #expect(
            details.contains {
                $0.contains(#""added":"mail:read""#) && $0.contains(#""removed":"bills:read jobs:write""#)
            })
    }

    @Test("declared by several nodes at once are there once", arguments: Engine.all)
    func severalNodes(engine: Engine) async throws {
        let world = try await World(engine)
        let server = ResourceServer(identifier: "https://new.example", name: "New", scopes: [Scope("a:read", "Read")])
        let servers = world.provider.resourceServers
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { try await servers.declare(server, at: .start) } }
            try await group.waitForAll()
        }
        #expect(try await world.number("SELECT COUNT(*) FROM resource_servers") == 2)
        #expect(try await world.count(.resourceServerDeclared) == 2)
    }

    @Test("removed are gone with their scopes and what they proved themselves with", arguments: Engine.all)
    func removed(engine: Engine) async throws {
        let world = try await World(engine)
        let registry = ResourceServerRegistry(database: world.database)
        #expect(try await registry.list().map(\.hasSecret) == [false])
        let given = try #require(try await registry.rotateSecret(of: api, keys: world.provider.keys, at: .start))
        #expect(try await registry.list().map(\.hasSecret) == [true])
        let credentials = ClientCredentials.secret(identifier: given.clientID, secret: given.secret)
        let client = try await world.provider.clients.authenticate(credentials).get()
        #expect(client.grantTypes == [] && client.scopes?.isEmpty == true)
        _ = try await world.tokens(for: try await world.visitor(), try await world.client())
        #expect(try await registry.loginsThatNeed(api) == 1)
        #expect(try await registry.loginsThatNeed("https://other.example") == 0)
        #expect(try await registry.remove(api, at: .start))
        #expect(try await registry.remove(api, at: .start) == false)
        await #expect(throws: ClientRefusal.disabled) {
            try await world.provider.clients.authenticate(credentials).get()
        }
        #expect(try await world.provider.resourceServers.catalog().names(audience: api) == nil)
        #expect(try await world.number("SELECT COUNT(*) FROM scopes") == 0)
        #expect(try await world.count(.resourceServerRemoved) == 1)
        #expect(try await registry.rotateSecret(of: api, keys: world.provider.keys, at: .start) == nil)
    }

    @Test("get a new secret; the one before is over, and no secret is in the database", arguments: Engine.all)
    func newSecret(engine: Engine) async throws {
        let world = try await World(engine)
        let registry = ResourceServerRegistry(database: world.database)
        var secrets: [String] = []
        for _ in 0..<2 {
            let given = try #require(try await registry.rotateSecret(of: api, keys: world.provider.keys, at: .start))
            secrets.append(given.secret)
        }
        #expect(Set(secrets).count == 2)
        let clientID = try #require(try await registry.list().first).clientID
        let outcomes = try await secrets.asyncMap { secret in
            switch try await world.provider.clients.authenticate(.secret(identifier: clientID, secret: secret)) {
            case .success: true
            case .failure: false
            }
        }
        #expect(outcomes == [false, true])
        #expect(try await world.number("SELECT COUNT(*) FROM clients WHERE identifier LIKE 'res_%'") == 1)
    }

    @Test(
        "have an absolute URI without a fragment for a name",
        arguments: [
            ("https://api.example.com", true), ("https://api.example.com/v1?x=1", true), ("urn:example:api", true),
            ("", false), ("api.example.com", false), ("https:", false), (":x", false), ("1a:x", false),
            ("https://a.example/#x", false), ("https://a.example/ b", false), ("https://ä.example", false),
            ("https://" + String(repeating: "a", count: 248), false),
        ])
    func identifiers(text: String, isOne: Bool) {
        #expect(ResourceServer.isIdentifier(text) == isOne)
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
        #expect(catalog.existing(of: ["mail:read", "jobs:paint", "bills:read"]) == ["mail:read", "bills:read"])
        #expect(catalog.description(of: "jobs:read", audience: other.identifier) == "Other jobs")
        #expect(catalog.description(of: "jobs:read", audience: nil) == "Read jobs")
    }

    @Test("have it found out once which scopes of a token exist, and remember a bounded number of sets")
    func existing() {
        let existing = ExistingScopes()
        var found = 0
        func of(_ number: Int) -> ScopeSet {
            existing.of(["gone:\(number)", "jobs:read"]) {
                found += 1
                return ["jobs:read"]
            }
        }
        for number in 0..<2_500 {
            for _ in 0..<2 { #expect(of(number) == ["jobs:read"]) }
            #expect(existing.count <= ExistingScopes.maximumCount)
        }
        #expect(found == 2_500)
        _ = of(0)
        #expect(found == 2_501, "the first was forgotten")
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

extension Array {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
