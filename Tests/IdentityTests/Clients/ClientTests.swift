import Database
import JOSE
import Testing

@testable import Identity

@Suite("Clients")
struct ClientTests {
    @Test("are known by the registration they were given", arguments: Engine.all)
    func registration(engine: Engine) async throws {
        let world = try await World(engine)
        let client = try await world.client("app") {
            $0.grantTypes = [.magicLink, .refreshToken]
            $0.scopes = ["jobs:read", "jobs:write"]
            $0.magicLinkURI = "https://app.example.com/in"
            $0.refreshReuseLeeway = .milliseconds(1_500)
        }
        #expect(client.identifier == "app")
        #expect(client.name == "App app")
        #expect(client.isPublic)
        #expect(client.grantTypes == [.magicLink, .refreshToken])
        #expect(client.scopes == ["jobs:read", "jobs:write"])
        #expect(client.magicLinkURI == "https://app.example.com/in")
        #expect(client.refreshReuseLeeway == .milliseconds(1_500))
        #expect(client.disabledAt == nil)
        #expect(try await world.provider.clients.find("APP") == nil)
    }

    @Test(
        "registered again unchanged write no event; each change writes one and keeps the client", arguments: Engine.all)
    func again(engine: Engine) async throws {
        let world = try await World(engine)
        let first = try await world.client { $0.secret = "s3cret" }
        let before = try await world.tally()
        for _ in 0..<3 { try await world.client { $0.secret = "s3cret" } }
        #expect(try await world.events(since: before) == [:])
        let changes: [(inout Clients.Registration) -> Void] = [
            { $0.secret = "other" }, { $0.secret = nil }, { $0.name = "Other" }, { $0.grantTypes = [.deviceCode] },
            { $0.scopes = [] }, { $0.magicLinkURI = "https://x.example" }, { $0.refreshReuseLeeway = .seconds(1) },
        ]
        for (index, change) in changes.enumerated() {
            #expect(try await world.client("app", at: .start, change).id == first.id)
            #expect(try await world.events(since: before) == [.clientChanged: index + 1])
        }
    }

    @Test("may have a leeway of a minute at most", arguments: Engine.all)
    func leeway(engine: Engine) async throws {
        let world = try await World(engine)
        #expect(try await world.client { $0.refreshReuseLeeway = .seconds(60) }.refreshReuseLeeway == .seconds(60))
        for leeway: Duration in [.microseconds(60_000_001), .seconds(-1), .seconds(Int64.max)] {
            await #expect(throws: DatabaseFailure.self) {
                try await world.client { $0.refreshReuseLeeway = leeway }
            }
        }
    }

    @Test("prove themselves by their own secret, and by no one else's", arguments: Engine.withFiles)
    func credentials(engine: Engine) async throws {
        let world = try await World(engine)
        let clients = world.provider.clients
        try await world.client("open")
        for name in ["one", "two"] { try await world.client(name) { $0.secret = "secret of \(name)" } }
        func refusal(_ credentials: ClientCredentials) async throws -> ClientRefusal? {
            try await clients.authenticate(credentials).refusal
        }
        #expect(try await refusal(.identifier("open")) == nil)
        #expect(try await refusal(.secret(identifier: "one", secret: "secret of one")) == nil)
        #expect(try await refusal(.secret(identifier: "one", secret: "secret of two")) == .secretWrong)
        #expect(try await refusal(.identifier("one")) == .secretMissing)
        #expect(try await refusal(.secret(identifier: "open", secret: "secret of one")) == .secretUnexpected)
        for name in ["", "none", "ONE", "one\u{0}", "óne", "one' OR '1'='1"] {
            #expect(try await refusal(.identifier(name)) == .unknown)
            #expect(try await refusal(.secret(identifier: name, secret: "secret of one")) == .unknown)
        }
        let first = try await clients.authenticate(.firstParty).get()
        #expect(first.identifier == Client.commandLine)
        #expect(try !world.stores("secret of one"))
    }

    @Test("copied with their stored code to another name prove nothing", arguments: Engine.all)
    func copiedCode(engine: Engine) async throws {
        let world = try await World(engine)
        for name in ["one", "two"] { try await world.client(name) { $0.secret = "secret of \(name)" } }
        try await world.tamper(
            "UPDATE clients SET secret_code = (SELECT c.secret_code FROM clients c WHERE c.identifier = 'one')")
        let credentials = ClientCredentials.secret(identifier: "two", secret: "secret of one")
        #expect(try await world.provider.clients.authenticate(credentials).refusal == .secretWrong)
    }

    @Test("disabled are let in by nothing, and one event tells of each change", arguments: Engine.all)
    func disabling(engine: Engine) async throws {
        let world = try await World(engine)
        let app = try await world.client()
        let clients = world.provider.clients
        let before = try await world.tally()
        try await clients.setDisabled(false, app.id, at: .start, from: .server)
        #expect(try await world.events(since: before) == [:])
        try await clients.setDisabled(true, app.id, at: .start, from: .server)
        try await clients.setDisabled(true, app.id, at: .start + .seconds(9), from: .server)
        #expect(try await clients.authenticate(.identifier("app")).refusal == .disabled)
        #expect(try await clients.find("app")?.disabledAt == .start)
        try await world.client { $0.name = "Renamed" }
        #expect(try await clients.authenticate(.identifier("app")).refusal == .disabled)
        try await clients.setDisabled(false, app.id, at: .start, from: .server)
        #expect(try await clients.authenticate(.identifier("app")).refusal == nil)
        try await clients.setDisabled(true, .init(rawValue: 1), at: .start, from: .server)
        #expect(try await world.events(since: before) == [.clientChanged: 3])
    }
}
