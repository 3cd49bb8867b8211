import Foundation
import GRDB

/// Where the databases of the APIs are.
struct DataDirectory {
    private let path: String

    /// Makes the directory when it is not there.
    init(path: String) throws {
        self.path = path
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw Fault("The directory \(path) cannot be made: \(error.localizedDescription)", next: Self.next)
        }
    }

    private static let next = "Name a directory that this user may write to: --data DIRECTORY"

    /// `crewkeel.sqlite`. Another process may have it open as well: whoever comes second waits five seconds.
    func database(of name: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.journalMode = .wal
        do {
            return try DatabaseQueue(path: "\(path)/\(name).sqlite", configuration: configuration)
        } catch {
            throw Fault("\(path)/\(name).sqlite cannot be opened: \(error)", next: Self.next)
        }
    }
}
