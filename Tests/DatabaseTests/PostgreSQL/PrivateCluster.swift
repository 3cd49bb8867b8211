import Foundation
import Testing

/// A cluster of one test's own, which it may stop and kill; removed with its last user.
final class PrivateCluster: Sendable {
    let url: String
    private let directory = "/tmp/latchkey-cluster-\(UInt64.random(in: .min ... .max))"

    private static let script = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Support/postgresql").path

    init() throws {
        url = try Self.run("start", directory).trimmingCharacters(in: .newlines)
    }

    deinit {
        signalServer(SIGCONT)
        _ = try? Self.run("stop", directory)
    }

    func leave(_ departure: PostgreSQLOutageTests.Departure) throws {
        switch departure {
        case .fast, .immediate: try Self.run("halt", directory, departure.rawValue)
        case .killed: signalServer(SIGKILL)
        case .frozen: signalServer(SIGSTOP)
        }
    }

    func comeBack(from departure: PostgreSQLOutageTests.Departure) throws {
        if departure == .frozen {
            signalServer(SIGCONT)
        } else {
            try Self.run("resume", directory)
        }
    }

    /// The server and all processes that it has made.
    private func signalServer(_ signal: Int32) {
        guard let file = try? String(contentsOfFile: "\(directory)/data/postmaster.pid", encoding: .utf8),
            let parent = file.split(separator: "\n").first.flatMap({ pid_t($0) })
        else { return }
        let children = (try? String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)) ?? ""
        for process in [parent] + children.split(separator: " ").compactMap({ pid_t($0) }) {
            _ = kill(process, signal)
        }
    }

    @discardableResult
    private static func run(_ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: script)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return text
    }
}
