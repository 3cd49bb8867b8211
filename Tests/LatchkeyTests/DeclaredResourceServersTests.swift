import Identity
import Testing

@testable import latchkey

@Suite("Declared resource servers")
struct DeclaredResourceServersTests {
    private let good = #"""
        {"resource_servers": [
            {"identifier": "https://api.example.com", "name": "Example API",
             "scopes": {"jobs:read": "List and read jobs", "jobs:write": "Create jobs"}},
            {"identifier": "urn:example:mail", "name": "Mail", "scopes": {}}]}
        """#

    private func configuration(_ file: String, environment: [String: String] = [:]) async throws -> ServerConfiguration
    {
        let directory = try TemporaryDirectory()
        try directory.write(file, to: "latchkey.json")
        return try await ServerConfiguration(flags: [:], environment: environment, directory: directory.path)
    }

    private func message(_ file: String) async -> String {
        let refusal = await #expect(throws: ConfigurationRefusal.self) { try await configuration(file) }
        return refusal?.message ?? ""
    }

    @Test("are read with their scopes, from the file or as text from the environment")
    func read() async throws {
        let list = good.dropFirst(#"{"resource_servers": "#.count).dropLast()
        let configurations = [
            try await configuration(good),
            try await configuration("{}", environment: ["LATCHKEY_RESOURCE_SERVERS": String(list)]),
        ]
        for configuration in configurations {
            let servers = try #require(configuration.resourceServers)
            #expect(servers.map(\.identifier) == ["https://api.example.com", "urn:example:mail"])
            #expect(servers[0].name == "Example API" && servers[1].scopes.isEmpty)
            #expect(servers[0].scopes.map(\.name) == ["jobs:read", "jobs:write"])
            #expect(servers[0].scopes[0].description == "List and read jobs")
        }
        #expect(try await configuration("{}").resourceServers == nil)
    }

    @Test(
        "that cannot be meant are refused, and the place is named",
        arguments: [
            (#"{}"#, "resource_servers in"), (#"[1]"#, "[0] of resource_servers in"),
            (#"[{}]"#, "[0].identifier of resource_servers in"),
            (#"[{"identifier":"api","name":"A","scopes":{}}]"#, #"[0].identifier of resource_servers in"#),
            (#"[{"identifier":"a:b","name":"","scopes":{}}]"#, "[0].name of"),
            (#"[{"identifier":"a:b","name":"A"}]"#, "[0].scopes of"),
            (#"[{"identifier":"a:b","name":"A","scopes":["x"]}]"#, "[0].scopes of"),
            (#"[{"identifier":"a:b","name":"A","scopes":{"a b":"x"}}]"#, #"is "a b" but must be"#),
            (#"[{"identifier":"a:b","name":"A","scopes":{"a":""}}]"#, "[0].scopes.a of"),
            (#"[{"identifier":"a:b","name":"A","scope":{}}]"#, "Did you mean scopes?"),
            (
                #"[{"identifier":"a:b","name":"A","scopes":{}},{"identifier":"a:b","name":"B","scopes":{}}]"#,
                "[1].identifier of"
            ),
        ])
    func refused(list: String, place: String) async {
        let message = await message(#"{"resource_servers": \#(list)}"#)
        #expect(message.contains(place) && message.contains("latchkey.json"), "\(message)")
    }

    @Test("may not take the audience of the server itself")
    func issuer() async {
        let text = await message(
            #"{"issuer":"https://id.example.com","resource_servers":[{"identifier":"https://id.example.com","name":"A","scopes":{}}]}"#
        )
        #expect(text.contains("issuer in /") && text.contains(" and resource_servers in /"), "\(text)")
    }

    @Test("in the environment that are no JSON are refused under the name of the variable")
    func environment() async {
        let refusal = await #expect(throws: ConfigurationRefusal.self) {
            try await configuration("{}", environment: ["LATCHKEY_RESOURCE_SERVERS": "https://api.example.com"])
        }
        #expect(refusal?.message.contains("LATCHKEY_RESOURCE_SERVERS must be strict JSON") == true)
    }
}
