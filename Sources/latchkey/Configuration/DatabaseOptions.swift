import ArgumentParser

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where an operator's command finds the database: the same settings as of `latchkey serve`.
struct DatabaseOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Directory of the database. Default: ./data", valueName: "dir"), completion: .directory)
    var data: String?

    @Option(help: ArgumentHelp("PostgreSQL instead of a file: postgres://user@host/name", valueName: "url"))
    var database: String?

    @Option(
        help: ArgumentHelp("The server's file of settings. Default: latchkey.json, when there.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var config: String?

    /// The whole configuration of the server that runs with these flags, environment and file.
    func configuration(keys: String? = nil, issuer: String? = nil) async throws -> ServerConfiguration {
        let given: [(Setting, String?)] = [
            (.data, data), (.database, database), (.keys, keys), (.issuer, issuer),
        ]
        return try await ServerConfiguration(
            flags: given.reduce(into: [:]) { $0[$1.0.name] = $1.1 },
            environment: ProcessInfo.processInfo.environment, file: config,
            directory: FileManager.default.currentDirectoryPath)
    }
}
