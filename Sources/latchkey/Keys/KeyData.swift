import ArgumentParser
import Database
import Identity
import JOSE
import LatchkeyVerifier
import Logging

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where the keys are: the flags of `serve` that say so, over the same environment and configuration file.
struct KeyDataOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Directory of the database. Default: ./data", valueName: "dir"), completion: .directory)
    var data: String?

    @Option(help: ArgumentHelp("PostgreSQL instead of a file: postgres://user@host/name", valueName: "url"))
    var database: String?

    @Option(
        help: ArgumentHelp("Directory of the master key. Default: ./keys", valueName: "dir"), completion: .directory)
    var keys: String?

    @Option(
        help: ArgumentHelp("A JSON file of settings. Default: latchkey.json, when it is there.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var config: String?

    /// Opens the database as it is and runs an action on it.
    func withData<Value>(_ action: (KeyData) async throws -> Value) async throws -> Value {
        let given: [(Setting, String?)] = [(.data, data), (.database, database), (.keys, keys)]
        let flags = given.reduce(into: [:]) { flags, entry in flags[entry.0.name] = entry.1 }
        let configuration = try await ServerConfiguration(
            flags: flags, environment: ProcessInfo.processInfo.environment, file: config,
            directory: FileManager.default.currentDirectoryPath)
        let data = try await KeyData.open(configuration)
        do {
            let value = try await action(data)
            try await data.database.close()
            return value
        } catch {
            try? await data.database.close()
            throw KeyData.failure(error, configuration)
        }
    }
}

/// The data that `latchkey keys` works on, with or without servers that work on it too.
struct KeyData {
    let database: Database
    private let configuration: ServerConfiguration

    static func open(_ configuration: ServerConfiguration) async throws -> KeyData {
        do {
            let database = try await Database.openExisting(
                configuration.location, migrations: Schema.migrations,
                logger: Logger(label: "latchkey") { _ in SwiftLogNoOpLogHandler() })
            return KeyData(database: database, configuration: configuration)
        } catch {
            throw failure(error, configuration)
        }
    }

    func all() async throws -> SigningKeySet { try await SigningKeys.all(in: database) }

    /// The keys with the master key that they were wrapped with.
    func signingKeys() throws -> SigningKeys {
        SigningKeys(database: database, keys: try configuration.purposeKeys(isNeeded: true))
    }

    /// A server that writes without pause can keep the file from us for longer than one try takes.
    func persistently<Value>(_ action: () async throws -> Value) async throws -> Value {
        for _ in 0..<5 {
            do {
                return try await action()
            } catch DatabaseFailure.unavailable {
                try await Task.sleep(for: .milliseconds(200))
            }
        }
        return try await action()
    }

    static func failure(_ error: any Error, _ configuration: ServerConfiguration) -> any Error {
        switch error {
        case let error as UnreadableSigningKey: return CommandFailure(error)
        case DatabaseFailure.misuse(let cause):
            return CommandFailure(
                .refused, code: "database", "The database at \(configuration.location) is of another version. \(cause)",
                next: "Use the latchkey that serves it, or start that server once with this version.")
        case let failure as DatabaseFailure:
            let isFile = configuration.databaseURL == nil
            return CommandFailure(
                .outOfReach, code: "database", "The database at \(configuration.location) cannot be used. \(failure)",
                next: isFile
                    ? "Name its directory with --data, and run this as the user that the server runs as."
                    : "Check that PostgreSQL runs there and lets this user in: psql with the same URL.")
        default: return error
        }
    }
}
