import ArgumentParser
import Identity
import JOSE
import LatchkeyVerifier

/// `latchkey resource-servers rotate-secret`
struct ResourceServersRotateSecret: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-secret",
        abstract: "Give an API its first secret, or a new one, to introspect tokens with.",
        discussion: """
            The secret is shown once and kept as a code alone. The one before is over at once: until the API has the new \
            one it cannot ask about tokens, and answers 503 to those who show it API tokens.
            """)

    @Argument(help: ArgumentHelp("The API, to the letter.", valueName: "identifier"))
    var identifier: String

    @OptionGroup var place: KeyDataOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let credentials = try await place.withData { data in
            let keys = try data.configuration.purposeKeys(isNeeded: true)
            let given = try await data.persistently {
                try await data.resourceServers.rotateSecret(of: identifier, keys: keys, at: .now)
            }
            guard let given else { throw try await data.unknownResourceServer(identifier) }
            return given
        }
        if output.json {
            return Terminal.standard.json([
                "identifier": .string(identifier), "client_id": .string(credentials.clientID),
                "client_secret": .string(credentials.secret),
            ])
        }
        Terminal.standard.table([("client id", credentials.clientID), ("client secret", credentials.secret)])
        Terminal.standard.complain("This secret is shown once. The one before it, if there was one, is over.")
    }
}
