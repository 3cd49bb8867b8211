import Foundation
import Testing

/// The `latchkey` that was built with these tests, run as its users run it.
struct BuiltBinary: Sendable {
    struct Outcome: Sendable {
        let end: SpawnedProcess.End
        let output: String
        let errors: String

        /// The exit code; nil when a signal ended it.
        var status: Int32? { if case .exited(let status) = end { status } else { nil } }

        var lines: [Substring] { output.split(separator: "\n") }
    }

    /// `XDG_CONFIG_HOME` of the runs.
    let home: TemporaryDirectory

    init() throws { home = try TemporaryDirectory() }

    var credentialsPath: String { home.path + "/latchkey/credentials.json" }

    func run(_ arguments: String..., environment: [String: String] = [:], input: String = "") async throws -> Outcome {
        try await start(arguments, environment: environment, input: input).outcome()
    }

    /// A run that goes on while the test does something else.
    func start(_ arguments: [String], environment: [String: String] = [:], input: String = "") throws -> Run {
        try Run(
            arguments, environment: ["XDG_CONFIG_HOME": home.path, "HOME": home.path].merging(environment) { $1 }, input
        )
    }

    struct Run: Sendable {
        private let directory: TemporaryDirectory
        private let process: SpawnedProcess

        init(_ arguments: [String], environment: [String: String], _ input: String) throws {
            directory = try TemporaryDirectory()
            for name in ["out", "err"] { try directory.write("", to: name) }
            try directory.write(input, to: "in")
            process = try SpawnedProcess(
                BuiltBinary.location.path, arguments, environment: environment, directory: directory.path)
        }

        /// As a power failure or an impatient person ends it.
        func kill() { process.signal(SIGKILL) }

        func interrupt() { process.signal(SIGINT) }

        /// What it did, once it has ended.
        func outcome() async throws -> Outcome {
            let end = await process.end
            return Outcome(
                end: end,
                output: try String(contentsOfFile: directory.path + "/out", encoding: .utf8),
                errors: try String(contentsOfFile: directory.path + "/err", encoding: .utf8))
        }
    }

    /// Beside the tests themselves.
    private static var location: URL {
        get throws {
            #if os(Linux)
                let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
                return URL(filePath: tests).deletingLastPathComponent().appending(path: "latchkey")
            #else
                let bundle = try #require(Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") })
                return bundle.bundleURL.deletingLastPathComponent().appending(path: "latchkey")
            #endif
        }
    }
}
