import Foundation
import Testing

@testable import Database

/// A cluster of one test's own, which it may stop and kill; removed with its last user.
final class PrivateCluster: Sendable {
    let url: String
    private let directory: String

    private static let script = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Support/postgresql").path

    private init(url: String, directory: String) {
        self.url = url
        self.directory = directory
    }

    static func start() async throws -> PrivateCluster {
        let directory = "/tmp/latchkey-cluster-\(UInt64.random(in: .min ... .max))"
        let url = try await run("start", directory)
        return PrivateCluster(url: url.trimmingCharacters(in: .newlines), directory: directory)
    }

    deinit {
        signalServer(SIGCONT)
        _ = try? Self.runBlocking(["stop", directory])
    }

    func leave(_ departure: PostgreSQLOutageTests.Departure) async throws {
        switch departure {
        case .fast, .immediate: try await Self.run("halt", directory, departure.rawValue)
        case .killed: signalServer(SIGKILL)
        case .frozen: signalServer(SIGSTOP)
        }
    }

    func comeBack(from departure: PostgreSQLOutageTests.Departure) async throws {
        if departure == .frozen {
            signalServer(SIGCONT)
        } else {
            try await Self.run("resume", directory)
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

    /// Runs the script on a thread that may wait for it.
    @discardableResult
    private static func run(_ arguments: String...) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            let isStarted = startThread { continuation.resume(with: Result { try runBlocking(arguments) }) }
            if !isStarted { continuation.resume(throwing: DatabaseFailure.unavailable("no thread")) }
        }
    }

    private static func runBlocking(_ arguments: [String]) throws -> String {
        let stream = try #require(popen("'\(script)' \(arguments.joined(separator: " "))", "r"))
        var output: [UInt8] = []
        while case let byte = fgetc(stream), byte >= 0 { output.append(UInt8(truncatingIfNeeded: byte)) }
        try #require(pclose(stream) == 0)
        return String(decoding: output, as: UTF8.self)
    }
}
