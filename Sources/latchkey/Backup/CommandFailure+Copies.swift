import Database
import Identity
import JOSE
import LatchkeyVerifier

extension CommandFailure {
    /// Why a copy was not made, put in place or served.
    init(_ refusal: CopyRefusal) {
        switch refusal {
        case .unreadable(let path, let cause):
            self.init(
                .refused, code: "copy_unreadable", "\(path) cannot be read: \(cause).",
                next: "Name a file that latchkey backup has written.")
        case .exists(let path):
            self.init(
                .refused, code: "file_exists", "\(path) is there already, and nothing is written over a file.",
                next: "Choose another name, or remove that file.")
        case .occupied(let path):
            self.init(
                .refused, code: "database_exists", "There is a database at \(path).",
                next: "To replace it, and keep it beside, add --replace. Or name an empty directory with --data.")
        case .inUse(let path, let processes):
            self.init(
                .refused, code: "database_in_use",
                "\(path) is open in \(processes.isEmpty ? "another program" : processes.joined(separator: ", ")).",
                next: "Stop that first: a server that goes on would write into the replaced database.")
        case .damaged(let path, let finding):
            self.init(
                .refused, code: "copy_damaged", "\(path) is damaged: \(finding).",
                next: "Take another copy. This one would lose or invent rows.")
        case .unrestored(let path, let takenAt):
            self.init(
                .refused, code: "copy_not_restored",
                "\(path) is a copy taken at \(Instant(microseconds: takenAt).iso8601) that was not restored: what was "
                    + "used or revoked since would be alive again.",
                next: "Run: latchkey restore --finish, with the same --data and --keys.")
        case .otherEngine:
            self.init(.usedWrongly, code: "other_engine", "PostgreSQL has tools of its own for copies.")
        }
    }

    static func useDump(to file: String) -> CommandFailure {
        CommandFailure(
            .usedWrongly, code: "use_pg_dump",
            "The rows live in PostgreSQL, which is copied by its own tool, also while every node runs.",
            next: "Run: pg_dump --format=custom --file=\(file) \"$LATCHKEY_DATABASE\"")
    }

    static let useRestore = CommandFailure(
        .usedWrongly, code: "use_pg_restore", "The rows live in PostgreSQL, which is restored by its own tool.",
        next: "Stop every node. Then run: pg_restore --clean --if-exists --single-transaction "
            + "--dbname=\"$LATCHKEY_DATABASE\" FILE && latchkey restore --finish")
}
