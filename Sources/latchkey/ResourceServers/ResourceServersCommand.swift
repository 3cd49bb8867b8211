import ArgumentParser
import Identity

/// `latchkey resource-servers`
struct ResourceServersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resource-servers",
        abstract: "See the APIs that take our tokens, give them their secret, remove them.",
        discussion: """
            Works on the data itself, with the same settings as serve, beside running servers or without any. APIs and \
            their scopes are declared in resource_servers of latchkey.json, and made known when a server starts.

              latchkey resource-servers list
              latchkey resource-servers rotate-secret https://api.example.com    what it introspects with; shown once
              latchkey resource-servers remove https://api.example.com

            Each of these commands takes --json.
            """,
        subcommands: [ResourceServersList.self, ResourceServersRotateSecret.self, ResourceServersRemove.self])
}

extension KeyData {
    var resourceServers: ResourceServerRegistry { ResourceServerRegistry(database: database) }

    func unknownResourceServer(_ typed: String) async throws -> CommandFailure {
        let known = try await resourceServers.list().map(\.server.identifier)
        return CommandFailure(
            .refused, code: "unknown_resource_server", "There is no resource server \"\(typed)\".",
            next: known.isEmpty
                ? "There are none yet. Declare it in resource_servers of latchkey.json, then start the server."
                : "There are: \(known.joined(separator: ", "))")
    }
}
