import ArgumentParser
import Identity
import JOSE

/// `latchkey keys list`
struct KeysList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the signing keys, their states and times.",
        discussion: """
            A key is pending (published, so that verifiers learn of it), then active (it signs), then retired (published \
            until the last token it signed has expired), then gone. Times are in UTC.
            """)

    @OptionGroup var place: KeyDataOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let table = KeyTable(keys: try await place.withData { try await $0.all() })
        if output.json { return Terminal.standard.json(["keys": .array(table.json)]) }
        guard !table.keys.keys.isEmpty else {
            return Terminal.standard.line("There is no signing key yet. The first start of the server makes one.")
        }
        for line in table.lines { Terminal.standard.line(line) }
    }
}
