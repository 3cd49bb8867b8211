import ArgumentParser
import Database
import Identity
import JOSE

/// `latchkey audit verify`
struct AuditVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that no audit event was changed, removed or put in since it was sealed.",
        discussion: """
            Reads the whole chain of hashes, in pieces, while the server runs or not, and changes nothing.

              latchkey audit verify --data /var/lib/latchkey/data
              latchkey audit verify --json

            Exit codes: 0 intact, 1 broken. The chain has no key: keep the hash that is printed somewhere else, and a \
            history that was rewritten from end to end shows too.
            """)

    @OptionGroup var target: DatabaseOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let location = try await target.configuration().location
        let report = try await report(of: location)
        Terminal.standard.progress("")
        if output.json {
            Terminal.standard.json(report.json)
        } else {
            report.print()
        }
        if report.fault != nil { throw ExitCode(CommandFailure.Status.refused.rawValue) }
    }

    private func report(of location: DatabaseLocation) async throws -> AuditReport {
        let isQuiet = output.json
        do {
            let database = try await Database.inspect(location, migrations: Schema.migrations)
            let report = try await AuditVerification(database: database).run { followed, all in
                if !isQuiet {
                    Terminal.standard.progress("\(followed.grouped) of \(max(followed, all).grouped) events")
                }
            }
            try await database.close()
            return report
        } catch let failure as DatabaseFailure {
            throw CommandFailure.database(location, failure)
        }
    }
}
