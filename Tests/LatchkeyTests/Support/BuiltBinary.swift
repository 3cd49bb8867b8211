import Foundation
import Testing

/// The `latchkey` that was built with these tests, run as its users run it.
struct BuiltBinary: Sendable {
    struct Outcome: Sendable {
        let status: Int32
        let output: String
        let errors: String

        var lines: [Substring] { output.split(separator: "\n") }
    }

    /// `XDG_CONFIG_HOME` of the runs.
    let home: TemporaryDirectory

    init() throws { home = try TemporaryDirectory() }

    var credentialsPath: String { home.path + "/latchkey/credentials.json" }

    func run(_ arguments: String..., environment: [String: String] = [:], input: String = "") async throws -> Outcome {
        let run = try start(arguments, environment: environment, input: input)
        await run.finished()
        return try run.outcome()
    }

    /// A run that goes on while the test does something else.
    func start(_ arguments: [String], environment: [String: String] = [:], input: String = "") throws -> Run {
        try Run(
            arguments, environment: ["XDG_CONFIG_HOME": home.path, "HOME": home.path].merging(environment) { $1 }, input
        )
    }

    final class Run: Sendable {
        private let directory: TemporaryDirectory
        private let process = Process()
        private let end: AsyncStream<Void>

        init(_ arguments: [String], environment: [String: String], _ input: String) throws {
            directory = try TemporaryDirectory()
            for name in ["out", "err"] { try directory.write("", to: name) }
            try directory.write(input, to: "in")
            let (end, ended) = AsyncStream.makeStream(of: Void.self)
            self.end = end
            process.executableURL = try BuiltBinary.location
            process.arguments = arguments
            process.environment = environment
            process.currentDirectoryURL = URL(filePath: directory.path)
            process.standardInput = FileHandle(forReadingAtPath: directory.path + "/in")
            process.standardOutput = FileHandle(forWritingAtPath: directory.path + "/out")
            process.standardError = FileHandle(forWritingAtPath: directory.path + "/err")
            process.terminationHandler = { _ in ended.finish() }
            try process.run()
        }

        func finished() async { for await _ in end {} }

        /// As a power failure or an impatient person ends it.
        func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

        func interrupt() { Foundation.kill(process.processIdentifier, SIGINT) }

        /// Whether a signal ended it.
        var wasSignalled: Bool { process.terminationReason == .uncaughtSignal }

        func outcome() throws -> Outcome {
            Outcome(
                status: process.terminationStatus,
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
