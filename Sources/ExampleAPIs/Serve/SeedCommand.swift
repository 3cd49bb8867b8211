import ArgumentParser
import GRDB

/// `latchkey-examples seed`
struct SeedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seed", abstract: "Put something to look at into each API, for one organization.",
        discussion: """
            Beside running APIs or without them. An API in which the organization has something already is left alone.
            """)

    @Option(help: ArgumentHelp("The organization, as tokens have it in org.", valueName: "org_…"))
    var organization: String

    @Option(help: ArgumentHelp("Where the databases are, a file for each API.", valueName: "directory"))
    var data = "./examples"

    func validate() throws {
        guard organization.hasPrefix("org_"), (5...100).contains(organization.utf8.count) else {
            throw ValidationError("--organization is the identifier of one: org_… \"latchkey whoami --json\" tells it.")
        }
    }

    func run() throws {
        let directory = try DataDirectory(path: data)
        if let warning = directory.warning { Console.complain(warning) }
        for api in Examples.all { try seed(api, directory) }
        Console.say("There is something to look at for \(organization) in \(data).")
    }

    private func seed<API: ExampleAPI>(_ type: API.Type, _ directory: DataDirectory) throws {
        try API(directory.database(of: API.name)).seed(tenant: organization)
    }
}
