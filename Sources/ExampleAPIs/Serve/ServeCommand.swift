import ArgumentParser
import Foundation
import LatchkeyHummingbird
import Logging
import ServiceLifecycle
import UnixSignals

/// `latchkey-examples serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the example APIs, each on a port of its own.",
        discussion: """
            In the order crewkeel, calkeep, autochat, craftdesk, from --port on. Each tells where it listens. JWTs are taken as they are; for \
            API tokens an API needs its credentials:

              latchkey resource-servers rotate-secret https://api.crewkeel.example --json

            prints those of CrewKeel. Put them in a file, by name: {"crewkeel": {"client_id": "res_…", "client_secret": "…"}}
            """)

    @Option(help: ArgumentHelp("The Latchkey server, to the letter as tokens have it in iss.", valueName: "url"))
    var issuer = "http://localhost:8080"

    @Option(help: "The address to listen on.")
    var hostname = "127.0.0.1"

    @Option(help: "The port of the first API; the others have the next ones. 0: free ports.")
    var port = 8081

    @Option(help: ArgumentHelp("Where the databases are, a file for each API.", valueName: "directory"))
    var data = "./examples"

    @Option(help: ArgumentHelp("What the APIs ask about API tokens with.", valueName: "file"))
    var credentials: String?

    @Flag(
        help:
            "Let the webhooks of autochat lead to this machine and its network. For development: with a --hostname of this machine only."
    )
    var localWebhooks = false

    private static let loopback = ["localhost", "127.0.0.1", "::1"]

    func validate() throws {
        guard port == 0 || (1...65_535 - Examples.all.count + 1).contains(port) else {
            throw ValidationError(
                "--port must leave room for \(Examples.all.count) ports up to 65535, or be 0 for free ones.")
        }
        guard !localWebhooks || Self.loopback.contains(hostname) else {
            throw ValidationError(
                "--local-webhooks and --hostname \(hostname) do not go together: whoever reaches the APIs could have this "
                    + "machine send requests into its own network. Leave one of them out, or listen on "
                    + "\(Self.loopback.joined(separator: ", ")) only.")
        }
    }

    func run() async throws {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let known = try credentials.map(CredentialsFile.init(path:))
        let directory = try DataDirectory(path: data)
        if let warning = directory.warning { Console.complain(warning) }
        var services: [any Service] = []
        for (index, api) in Examples.all.enumerated() {
            let credentials = known?[api.name]
            if credentials == nil {
                Console.complain("\(api.name) has no credentials: it takes JWTs, and refuses API tokens.")
            }
            let issuer = try self.issuer(credentials)
            let port = port == 0 ? 0 : port + index
            try await Listening.probe(api.name, hostname, port)
            let server = APIServer(
                issuer: issuer, hostname: hostname, port: port, localWebhooks: localWebhooks)
            services += try server.services(for: api, directory.database(of: api.name))
        }
        try await run(services)
    }

    private func issuer(_ credentials: LatchkeyIssuer.Credentials?) throws -> LatchkeyIssuer {
        do {
            return try LatchkeyIssuer(issuer, credentials: credentials)
        } catch {
            throw Fault("\(error)", next: "For a server on this machine: --issuer http://localhost:8080")
        }
    }

    /// Until SIGTERM or SIGINT, upon which what is being answered is answered still.
    private func run(_ services: [any Service]) async throws {
        var logger = Logger(label: "latchkey.examples")
        logger.logLevel = .error
        let group = ServiceGroup(
            configuration: .init(services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do {
            try await group.run()
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(
                "The APIs cannot run: \(error)", next: "Run them again with other ports: --port", isOfUse: false)
        }
    }
}
