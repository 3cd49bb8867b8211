import ArgumentParser
import JOSE

/// `latchkey tokens create`
struct TokensCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make an API token. Its secret is shown once.",
        discussion: """
            A token may do what you name, and never more than your own login. --scope and --resource make a custom one.

              latchkey tokens create CI --access full
              latchkey tokens create Backup --access read-only --expires-in 90d
              latchkey tokens create Importer --scope contacts:read --resource projects=prj_1
            """)

    enum Access: String, ExpressibleByArgument, CaseIterable {
        case full
        case readOnly = "read-only"
        case custom
    }

    @Argument(help: "What it is for, as the list shows it.")
    var label: String

    @Option(help: "All that your login may, what of it only reads, or a choice.")
    var access: Access?

    @Option(help: ArgumentHelp("A scope of a custom token. May be given again.", valueName: "scope"))
    var scope: [String] = []

    @Option(help: ArgumentHelp("Something it is confined to, as kind=id. May be given again.", valueName: "kind=id"))
    var resource: [String] = []

    @Option(help: ArgumentHelp("When it ends by itself: 90d, 12h, 30m. Default: never.", valueName: "time"))
    var expiresIn: TypedDuration?

    @OptionGroup var options: APITokenOptions

    func validate() throws {
        guard access != nil || !scope.isEmpty else {
            throw ValidationError("Say what it may do: --access full, --access read-only, or --scope …")
        }
        guard access ?? .custom == .custom || (scope.isEmpty && resource.isEmpty) else {
            throw ValidationError("--scope and --resource are for a custom token: leave out --access.")
        }
        guard resource.allSatisfy({ $0.split(separator: "=", maxSplits: 1).count == 2 }) else {
            throw ValidationError("--resource is a kind and an id, as in projects=prj_1.")
        }
    }

    func run() async throws {
        let (body, issuer) = try await options.call(.post, "/api/v1/tokens", request)
        let terminal = Terminal.standard
        if options.output.json { return terminal.json(body) }
        let report = APITokenReport(json: body)
        terminal.line("Made the API token \(report.label).")
        report.tellSecret(at: issuer, terminal)
    }

    private var request: JSONObject {
        let access = access ?? .custom
        var request: JSONObject = [
            "label": .string(label), "access": .string(access.rawValue.replacing("-", with: "_")),
        ]
        if access == .custom { request["scopes"] = .array(scope.map { .string($0) }) }
        var kinds = JSONObject()
        for pair in resource.map({ $0.split(separator: "=", maxSplits: 1).map(String.init) }) where pair.count == 2 {
            kinds[pair[0]] = .array((kinds[pair[0]]?.array ?? []) + [.string(pair[1])])
        }
        if !kinds.members.isEmpty { request["resources"] = .object(kinds) }
        request["expires_in"] = expiresIn.map { .integer($0.seconds) }
        return request
    }
}
