import ArgumentParser
import JOSE

/// `latchkey tokens rename`
struct TokensRename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Give an API token another label.",
        discussion: """
              latchkey tokens rename tok_… "Nightly import"
            """)

    @Argument(help: "The token, as the list names it.")
    var id: APITokenName

    @Argument(help: "What it is for.")
    var label: String

    @OptionGroup var options: APITokenOptions

    func run() async throws {
        let (body, _) = try await options.call(.patch, id.path, ["label": .string(label)])
        if options.output.json { return Terminal.standard.json(body) }
        Terminal.standard.line("Renamed to \(APITokenReport(json: body).label).")
    }
}

/// `latchkey tokens rotate`
struct TokensRotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Give an API token a new secret, which is shown once.",
        discussion: """
            All else about it stays. Without --overlap the secret before is over at once, which is right after a leak; \
            with it both work until everything that uses the token has the new one.

              latchkey tokens rotate tok_… --overlap 1d
            """)

    @Argument(help: "The token, as the list names it.")
    var id: APITokenName

    @Option(
        help: ArgumentHelp("How long the secret before works on: 1h, up to 7d. Default: not at all.", valueName: "time")
    )
    var overlap: TypedDuration?

    @OptionGroup var options: APITokenOptions

    func validate() throws { try overlap?.requireOverlap() }

    func run() async throws {
        let request: JSONObject = ["overlap": .integer(overlap?.seconds ?? 0)]
        let (body, issuer) = try await options.call(.post, id.path + "/rotate", request)
        if options.output.json { return Terminal.standard.json(body) }
        let report = APITokenReport(json: body)
        let ended = report.overlapEnd == nil ? " Every secret before has ended." : ""
        Terminal.standard.line("Rotated the API token \(report.label).\(ended)")
        report.tellSecret(at: issuer, Terminal.standard)
    }
}

/// `latchkey tokens revoke`
struct TokensRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End an API token at once, for good.",
        discussion: """
            Whatever uses it fails from now on. It stays in the list, revoked.

              latchkey tokens revoke tok_…
            """)

    @Argument(help: "The token, as the list names it.")
    var id: APITokenName

    @OptionGroup var options: APITokenOptions

    func run() async throws {
        _ = try await options.call(.delete, id.path)
        if options.output.json {
            return Terminal.standard.json(["id": .string(id.text), "status": .string("revoked")])
        }
        Terminal.standard.line("Revoked \(id.text).")
    }
}
