import Foundation
import GRDB

/// Where the databases of the APIs are. It is for this user alone: secrets of webhooks lie there as they are.
struct DataDirectory {
    private let path: String
    /// What the one who runs this should know of the directory; nil: nothing.
    let warning: String?

    /// Makes the directory when it is not there. One that is there is left as it is.
    init(path: String) throws {
        self.path = path
        if let permissions = Self.permissions(of: path) {
            warning = permissions & 0o077 == 0 ? nil : Self.warning(about: path)
            return
        }
        warning = nil
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Fault("The directory \(path) cannot be made: \(error.localizedDescription)", next: Self.next)
        }
    }

    private static let next = "Name a directory that this user may write to: --data DIRECTORY"

    private static func warning(about path: String) -> String {
        "Others than this user may look into \(path), where secrets of webhooks lie. Change that: chmod 700 \(path)"
    }

    /// `crewkeel.sqlite`, for this user alone. Another process may have it open as well: whoever comes second waits five
    /// seconds.
    func database(of name: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.journalMode = .wal
        let file = "\(path)/\(name).sqlite"
        do {
            let database = try Self.open(file, configuration)
            try makePrivate(file)
            return database
        } catch {
            throw Fault("\(file) cannot be opened: \(error)", next: Self.next)
        }
    }

    /// A file that is new is taken by one process alone for a moment, while it begins its log. SQLite itself does not wait
    /// for that: of two that come at once it tells both.
    private static func open(_ file: String, _ configuration: Configuration) throws -> DatabaseQueue {
        let end = ContinuousClock.now + .seconds(5)
        while true {
            do {
                return try DatabaseQueue(path: file, configuration: configuration)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && ContinuousClock.now < end {
                Thread.sleep(forTimeInterval: 0.01)
            }
        }
    }

    /// Closed to others. By its name, and not by opening it: to close a file gives up what SQLite has locked in it.
    private func makePrivate(_ file: String) throws {
        let closed: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        try FileManager.default.setAttributes(closed, ofItemAtPath: file)
        // SQLite makes these like the file that they are beside. They may be older, or be gone in this moment.
        for beside in ["-wal", "-shm"] { try? FileManager.default.setAttributes(closed, ofItemAtPath: file + beside) }
    }

    /// Nil where no directory is.
    private static func permissions(of path: String) -> Int? {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue,
            let attributes = try? FileManager.default.attributesOfItem(
                atPath: URL(filePath: path).resolvingSymlinksInPath().path)
        else { return nil }
        return attributes[.posixPermissions] as? Int
    }
}
