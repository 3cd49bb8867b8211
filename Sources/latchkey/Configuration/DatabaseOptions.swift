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

    /// The flags that were given, to stand after the next command: ` --data /var/lib/latchkey/data`, say; empty when none
    /// were. A URL with a password is not shown: `URL` stands for it.
    ///
    /// - Parameter keys: for a command that takes the directory of the master key.
    func repeated(keys: String? = nil) -> String {
        let given: [(flag: String, text: String?)] = [
            ("--data", data?.asShellWord), ("--database", database.map(Self.shown)), ("--keys", keys?.asShellWord),
            ("--config", config?.asShellWord),
        ]
        return given.map { entry in entry.text.map { " \(entry.flag) \($0)" } ?? "" }.joined()
    }

    private static func shown(_ url: String) -> String {
        let user = url.lastIndex(of: "@").map { url[..<$0].drop { $0 != "/" } }
        let hasPassword = user?.contains(":") == true || url.contains("password")
        return hasPassword ? "URL" : url.asShellWord
    }

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

extension String {
    /// As a shell of POSIX reads it as one word (XCU §2.2.2); as it is where nothing in it has a meaning there.
    var asShellWord: String {
        let plain = !isEmpty && allSatisfy { $0.isLetter || $0.isNumber || "-_./:=@%+,".contains($0) }
        return plain ? self : "'" + replacing("'", with: "'\\''") + "'"
    }
}
