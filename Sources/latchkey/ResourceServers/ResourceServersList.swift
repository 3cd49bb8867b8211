import ArgumentParser
import Identity
import JOSE

/// `latchkey resource-servers list`
struct ResourceServersList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the APIs that are known, and their scopes.",
        discussion: """
            Each with its identifier, which is the audience of its tokens, and whether it has a secret to introspect with.
            """)

    @OptionGroup var place: KeyDataOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let listed = try await place.withData { try await $0.resourceServers.list() }
        if output.json {
            return Terminal.standard.json(["resource_servers": .array(listed.map { .object($0.json) })])
        }
        guard !listed.isEmpty else {
            return Terminal.standard.line(
                "There are none yet. Declare them in resource_servers of latchkey.json, then start the server.")
        }
        for (index, listed) in listed.enumerated() {
            if index > 0 { Terminal.standard.line("") }
            listed.print()
        }
    }
}

extension ResourceServerRegistry.Listed {
    fileprivate var json: JSONObject {
        [
            "identifier": .string(server.identifier), "name": .string(server.name), "client_id": .string(clientID),
            "has_secret": .bool(hasSecret),
            "scopes": .array(
                server.scopes.map { scope in
                    .object(["scope": .string(scope.name), "description": .string(scope.description)])
                }),
        ]
    }

    fileprivate func print() {
        Terminal.standard.line(server.identifier.printable)
        let introspects =
            hasSecret
            ? "\(clientID), by its secret" : "not yet: rotate-secret gives it a secret"
        Terminal.standard.table(
            [("name", server.name.printable), ("introspects", introspects)]
                + server.scopes.map { ($0.name.printable, $0.description.printable) })
    }
}
