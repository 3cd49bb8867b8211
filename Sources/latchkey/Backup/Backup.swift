import ArgumentParser
import Database
import Identity
import JOSE
import LatchkeyVerifier

/// `latchkey backup`
struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the database to a file while the server runs.",
        discussion: """
            The copy is consistent, checked, and readable by you alone. Nothing in it works as a credential without the \
            master key, so keep keys/master.key in another place; it does hold names and mail addresses.

              latchkey backup /var/backups/latchkey-2026-11-21.db --data /var/lib/latchkey/data

            Put it back with: latchkey restore FILE. PostgreSQL has a tool of its own: pg_dump.
            """)

    @Argument(help: ArgumentHelp("Where to write the copy. No file may be there.", valueName: "file"))
    var file: String

    @OptionGroup var target: DatabaseOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let location = try await target.configuration().location
        let (began, takenAt) = (ContinuousClock.now, Instant.now)
        let copy: Database.Copied<DatabaseContents>
        do {
            copy = try await Database.copy(
                location, to: file, takenAt: takenAt.microseconds, migrations: Schema.migrations,
                reading: DatabaseContents.init)
        } catch CopyRefusal.otherEngine {
            throw CommandFailure.useDump(to: file)
        } catch let refusal as CopyRefusal {
            throw CommandFailure(refusal)
        } catch let failure as DatabaseFailure {
            throw CommandFailure.database(location, failure)
        }
        report(copy, takenAt: takenAt, took: began.duration(to: .now))
    }

    private func report(_ copy: Database.Copied<DatabaseContents>, takenAt: Instant, took: Duration) {
        let milliseconds = took / .milliseconds(1)
        guard !output.json else {
            return Terminal.standard.json([
                "file": .string(file), "bytes": .integer(copy.size), "taken_at": .string(takenAt.iso8601),
                "users": .integer(copy.value.users), "grants": .integer(copy.value.grants),
                "audit_events": .integer(copy.value.auditEvents), "milliseconds": .integer(Int64(milliseconds)),
            ])
        }
        let terminal = Terminal.standard
        terminal.line("Copied the database to \(file).")
        terminal.table([
            ("size", "\(copy.size.formattedBytes), whole and checked"), ("users", "\(copy.value.users)"),
            ("logins", "\(copy.value.grants)"), ("events", "\(copy.value.auditEvents) in the audit"),
            ("taken", takenAt.readable), ("took", "\(Int64(milliseconds)) ms"),
        ])
        terminal.line(
            "Nothing in it works without the master key: keep a copy of keys/master.key too, in another place.\n"
                + "Put it back with: latchkey restore \(file.asShellWord)\(target.repeated())")
    }
}

extension Int64 {
    /// `12.3 MB`, in decimal units.
    fileprivate var formattedBytes: String {
        guard self >= 1_000 else { return "\(self) bytes" }
        let units = ["KB", "MB", "GB", "TB", "PB", "EB"]
        var tenths = self / 100
        var unit = 0
        while tenths >= 10_000, unit + 1 < units.count {
            tenths /= 1_000
            unit += 1
        }
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
