import ArgumentParser
import Identity
import JOSE
import LatchkeyVerifier

/// `latchkey resource-servers remove`
struct ResourceServersRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove an API, its scopes and its secret.",
        discussion: """
            API tokens lose its scopes at once, and keep those of other APIs. Logins that hold one of them must log in \
            again. Take it out of resource_servers on every node first: the next start would bring it back.
            """)

    @Argument(help: ArgumentHelp("The API, to the letter.", valueName: "identifier"))
    var identifier: String

    @Flag(help: "Do not ask before tokens lose scopes.")
    var yes = false

    @OptionGroup var place: KeyDataOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let isRemoved = try await place.withData { data in
            guard data.configuration.resourceServers?.contains(where: { $0.identifier == identifier }) != true else {
                throw CommandFailure(
                    .refused, code: "still_declared",
                    "\(identifier) is declared in resource_servers, and would be back at the next start.",
                    next: "Take it out there, on every node, then say this again.")
            }
            guard
                let listed = try await data.resourceServers.list().first(where: { $0.server.identifier == identifier })
            else { throw try await data.unknownResourceServer(identifier) }
            let logins = try await data.resourceServers.loginsThatNeed(identifier)
            try Confirmation(isGiven: yes, asJSON: output.json).ask(
                "API tokens lose \(listed.server.scopes.count) scopes at once, and \(logins) logins must be made again.",
                command: "latchkey resource-servers remove \(identifier) --yes")
            return try await data.persistently { try await data.resourceServers.remove(identifier, at: .now) }
        }
        if output.json {
            return Terminal.standard.json(["identifier": .string(identifier), "removed": .bool(isRemoved)])
        }
        Terminal.standard.line("\(identifier) is removed.".printable)
    }
}
