// latchkey-examples: four APIs, written as anyone would write theirs, upon LatchkeyHummingbird and a database.
//
// A folder is an API, and a file in it a resource. It must not know anything of the identity provider but what the
// library tells it.

import ArgumentParser
import Foundation

/// Runs one command and ends the process: 0 done, 1 refused by circumstances, 2 used wrongly.
@main
enum LatchkeyExamples {
    static func main() async {
        do {
            var command = try await ExamplesCommand.asyncParseAsRoot()
            if var waiting = command as? any AsyncParsableCommand {
                try await waiting.run()
            } else {
                try command.run()
            }
        } catch let fault as Fault {
            FileHandle.standardError.write(Data("latchkey-examples: \(fault)\n".utf8))
            exit(fault.isOfUse ? 2 : 1)
        } catch {
            let code = ExamplesCommand.exitCode(for: error)
            let text = Data((ExamplesCommand.fullMessage(for: error) + "\n").utf8)
            // --help arrives here too.
            (code == .success ? FileHandle.standardOutput : .standardError).write(text)
            exit(code == .success ? 0 : code == .validationFailure ? 2 : 1)
        }
    }
}

/// `latchkey-examples`
struct ExamplesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latchkey-examples", abstract: "Example APIs that take the tokens of a Latchkey server.",
        discussion: """
            docs/examples.md walks through them.

              latchkey-examples serve --issuer http://localhost:8080 --credentials examples.json
              latchkey-examples seed --organization org_…
            """,
        subcommands: [ServeCommand.self, SeedCommand.self])
}

/// Why a command did not do its work: the cause, and the next step for whoever typed it.
struct Fault: Error, CustomStringConvertible {
    let description: String
    /// Whether it was used wrongly; otherwise circumstances are to blame.
    let isOfUse: Bool

    init(_ cause: String, next: String, isOfUse: Bool = true) {
        description = cause + "\n" + next
        self.isOfUse = isOfUse
    }
}
