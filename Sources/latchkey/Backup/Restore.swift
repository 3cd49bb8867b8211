import ArgumentParser
import Database
import Identity
import JOSE
import LatchkeyVerifier
import Logging

/// `latchkey restore`
struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a copy made by latchkey backup in the place of the database.",
        discussion: """
            A copy does not know what happened after it was taken: which logins have ended, which codes and links were \
            used. So every login and browser session in it is ended, every device code, magic link and waiting mail is \
            removed, and refresh tokens from before are refused. Everybody signs in again. Users, organizations, \
            clients, signing keys and the audit are as they were; what was disabled, removed or rotated since has to \
            be done again.

              latchkey restore latchkey-2026-11-21.db --data /var/lib/latchkey/data --keys /var/lib/latchkey/keys

            Stop the server first. With PostgreSQL stop every node, use pg_restore, and then: latchkey restore --finish
            """)

    @Argument(help: ArgumentHelp("The copy.", valueName: "file"), completion: .file())
    var file: String?

    @Flag(help: "Replace the database that is there. It is kept beside, as latchkey.db.replaced-1.")
    var replace = false

    @Flag(help: "The copy is in its place already, put there by pg_restore or as a file: end what is alive in it.")
    var finish = false

    @Option(
        help: ArgumentHelp("Directory of the master key. Default: ./keys", valueName: "dir"), completion: .directory)
    var keys: String?

    @OptionGroup var target: DatabaseOptions
    @OptionGroup var output: OutputOptions

    mutating func validate() throws {
        guard (file == nil) == finish else {
            throw ValidationError("Name the copy, or say --finish when it is in its place already.")
        }
        if finish, replace { throw ValidationError("--finish replaces nothing. Leave --replace out.") }
    }

    func run() async throws {
        let configuration = try await target.configuration(keys: keys)
        let location = configuration.location
        if file != nil, case .postgresql = location { throw CommandFailure.useRestore }
        let keys = try configuration.purposeKeys(isNeeded: true)
        do {
            try await restore(to: location, keys)
        } catch let refusal as CopyRefusal {
            throw CommandFailure(refusal)
        } catch let error as UnreadableSigningKey {
            throw CommandFailure(
                .refused, code: "signing_key_unreadable",
                "The signing key \(error.keyID) in the copy does not open with this master key.",
                next: "Name the directory of the master key that the copy was made beside: --keys DIR. "
                    + "Nothing was changed.")
        } catch let failure as DatabaseFailure {
            throw CommandFailure.database(location, failure)
        }
    }

    /// What was done: to a copy of which time, and where the former database is.
    private typealias Done = (outcome: Restoration.Outcome, takenAt: Instant?)

    private func restore(to location: DatabaseLocation, _ keys: PurposeKeys) async throws {
        var logger = Logger(label: "latchkey") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        let settle: @Sendable (Database, Int64?) async throws -> Done = { database, takenAt in
            try await SigningKeys(database: database, keys: keys).requireReadable()
            let restoration = Restoration(database: database)
            let takenAt = takenAt.map { Instant(microseconds: $0) }
            return (try await restoration.finish(takenAt: takenAt, at: .now), takenAt)
        }
        guard let file else {
            let done = try await Database.settle(
                location, migrations: Schema.migrations, logger: logger, settle)
            return report(done, location, replaced: nil)
        }
        let restored = try await Database.restore(
            file, to: location, replacing: replace, migrations: Schema.migrations, logger: logger, settle: settle)
        report(restored.value, location, replaced: restored.replaced)
    }

    private func report(_ done: Done, _ location: DatabaseLocation, replaced: String?) {
        let (outcome, terminal) = (done.outcome, Terminal.standard)
        guard !output.json else {
            var json: JSONObject = [
                "database": .string(location.description), "epoch": .integer(outcome.epoch),
                "grants_ended": .integer(Int64(outcome.grants)), "sessions_ended": .integer(Int64(outcome.sessions)),
                "proofs_removed": .integer(Int64(outcome.proofs)), "mail_removed": .integer(Int64(outcome.mail)),
            ]
            json["taken_at"] = done.takenAt.map { .string($0.iso8601) }
            json["replaced"] = replaced.map { .string($0) }
            return terminal.json(json)
        }
        terminal.line("Restored \(location).")
        var rows = [(label: "taken", text: done.takenAt?.readable ?? "nobody knows when: the copy has no mark")]
        rows += [
            ("ended", outcome.grants.of("login") + " and " + outcome.sessions.of("browser session")),
            (
                "removed",
                outcome.proofs.of("device code or magic link", "device codes and magic links") + ", and "
                    + outcome.mail.of("waiting mail")
            ),
            ("epoch", "\(outcome.epoch)"),
        ]
        if let replaced { rows.append(("before", "\(replaced) is the database that was there")) }
        terminal.table(rows)
        terminal.line(
            "Everybody signs in again. What was disabled, removed or rotated after the copy was taken has to be done "
                + "again.\nNext: latchkey serve\(target.repeated(keys: keys))")
    }
}
