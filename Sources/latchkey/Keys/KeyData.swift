import ArgumentParser
import Database
import Identity
import JOSE

/// Where the keys are: the flags of `serve` that say so, over the same environment and configuration file.
struct KeyDataOptions: ParsableArguments {
    @OptionGroup var target: DatabaseOptions

    @Option(
        help: ArgumentHelp("Directory of the master key. Default: ./keys", valueName: "dir"), completion: .directory)
    var keys: String?

    /// Opens the database as it is and runs an action on it.
    func withData<Value>(_ action: (KeyData) async throws -> Value) async throws -> Value {
        try await target.withData(keys: keys, action)
    }
}

extension DatabaseOptions {
    /// Opens the database as it is and runs an action on it.
    func withData<Value>(
        keys: String? = nil, issuer: String? = nil, _ action: (KeyData) async throws -> Value
    ) async throws -> Value {
        let configuration = try await configuration(keys: keys, issuer: issuer)
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
    let configuration: ServerConfiguration

    static func open(_ configuration: ServerConfiguration) async throws -> KeyData {
        do {
            let database = try await Database.openExisting(
                configuration.location, migrations: Schema.migrations,
                logger: ServerProcess.silentLogger)
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
        case let failure as DatabaseFailure: return CommandFailure.database(configuration.location, failure)
        default: return error
        }
    }
}
