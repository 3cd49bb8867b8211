import ArgumentParser
import JOSE

/// `latchkey organizations`
struct Organizations: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, make, rename and change between your organizations.",
        discussion: """
            A login works in one organization at a time.

              latchkey organizations list
              latchkey organizations create "Analytical Engines"
              latchkey organizations switch analytical-engines
              latchkey organizations rename "Difference Engines"
              latchkey organizations join https://id.example.com/invitation#token=lki_…

            For whoever runs the server, on the data itself: latchkey organizations plan analytical-engines business

            Each of these commands takes --json. For who belongs to it: latchkey members
            """,
        subcommands: [
            OrganizationsList.self, OrganizationsShow.self, OrganizationsCreate.self, OrganizationsRename.self,
            OrganizationsSwitch.self, OrganizationsJoin.self, OrganizationsPlan.self,
        ])
}

/// `latchkey organizations list`
struct OrganizationsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the organizations you belong to.",
        discussion: """
            The one that your login works in is marked with a star.

              latchkey organizations list
              latchkey organizations list --json | jq -r '.organizations[].slug'
            """)

    @OptionGroup var options: OrganizationOptions

    func run() async throws {
        try await options.withServer { calls in
            let present = try await calls.organization(nil).id
            let all = try await calls.organizations()
            if options.output.json {
                let json = all.map { organization in
                    var json = organization.json
                    json["current"] = .bool(organization.id == present)
                    return JSONValue.object(json)
                }
                return Terminal.standard.json(["organizations": .array(json)])
            }
            Terminal.standard.columns(
                [["", "SLUG", "NAME", "ROLE", "ID"]]
                    + all.map { [$0.id == present ? "*" : "", $0.slug, $0.name, $0.text("role"), $0.id] })
        }
    }
}

/// `latchkey organizations show`
struct OrganizationsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an organization: its plan, and your role in it.",
        discussion: """
              latchkey organizations show
              latchkey organizations show analytical-engines
            """)

    @Argument(help: "Its slug or id. Default: the one of your login.")
    var organization: String?

    @OptionGroup var options: OrganizationOptions

    func run() async throws {
        try await options.withServer { calls in
            let found = try await calls.organization(organization)
            let report = OrganizationReport(json: try await calls.call(.get, found.path))
            if options.output.json { return Terminal.standard.json(report.json) }
            Terminal.standard.table(report.rows)
        }
    }
}

/// `latchkey organizations create`
struct OrganizationsCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make an organization, which you own.",
        discussion: """
            Your login goes on in the one it is in.

              latchkey organizations create "Analytical Engines" --slug engines
            """)

    @Argument(help: "What people call it.")
    var name: String

    @Option(help: "What programs call it: lower-case letters, digits and hyphens. Default: made of the name.")
    var slug: String?

    @OptionGroup var options: OrganizationOptions

    func run() async throws {
        try await options.withServer { calls in
            var request: JSONObject = ["name": .string(name)]
            request["slug"] = slug.map { .string($0) }
            let report = OrganizationReport(json: try await calls.call(.post, "/api/v1/organizations", request))
            if options.output.json { return Terminal.standard.json(report.json) }
            Terminal.standard.line("Made the organization \(report.name) (\(report.slug)), which you own.")
            Terminal.standard.line("Work in it with: latchkey organizations switch \(report.slug)")
        }
    }
}

/// `latchkey organizations rename`
struct OrganizationsRename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Give an organization another name. Its slug stays.",
        discussion: """
              latchkey organizations rename "Difference Engines"
            """)

    @Argument(help: "What people call it.")
    var name: String

    @OptionGroup var choice: OrganizationChoice
    @OptionGroup var options: OrganizationOptions

    func run() async throws {
        try await options.withServer { calls in
            let found = try await calls.organization(choice.organization)
            let report = OrganizationReport(json: try await calls.call(.patch, found.path, ["name": .string(name)]))
            if options.output.json { return Terminal.standard.json(report.json) }
            Terminal.standard.line("\(report.slug) is called \(report.name) now.")
        }
    }
}

/// `latchkey organizations join`
struct OrganizationsJoin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Join an organization by an invitation that was mailed to you.",
        discussion: """
            Your login must be of the address that the invitation went to.

              latchkey organizations join https://id.example.com/invitation#token=lki_…
            """)

    @Argument(help: "The link of the mail, or the token at its end.")
    var link: String

    @OptionGroup var options: OrganizationOptions

    func run() async throws {
        try await options.withServer { calls in
            let token = link.split(separator: "#token=", maxSplits: 1).last.map(String.init) ?? link
            let body = try await calls.call(.post, "/api/v1/invitations/accept", ["token": .string(token)])
            let report = OrganizationReport(json: body)
            if options.output.json { return Terminal.standard.json(body) }
            Terminal.standard.line("You joined \(report.name) as \(report.text("role")).")
            Terminal.standard.line("Work in it with: latchkey organizations switch \(report.slug)")
        }
    }
}
