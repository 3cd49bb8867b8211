import Database
import Identity
import JOSE

/// What the checks look at: the configuration, and what it leads to.
struct Deployment: Sendable {
    let configuration: ServerConfiguration
    /// The file the configuration came from, when there is one.
    let configurationFile: String?
    let issuer: Issuer
    /// The issuer as its clients reach it.
    let server: IdentityServer
    let rows: Rows
    let keys: Keys

    /// The database, as far as it could be opened without changing it.
    enum Rows: Sendable {
        case open(Inspection, Database, number: Int)
        /// Not made yet, or older than this program: the next start sees to it.
        case waiting(SchemaState)
        case failed(String)
    }

    /// The keys of all purposes.
    enum Keys: Sendable {
        case derived(PurposeKeys)
        /// The first start makes them.
        case absent
        case failed(CommandFailure)
    }

    var inspection: Inspection? {
        if case .open(let inspection, _, _) = rows { inspection } else { nil }
    }

    var purposeKeys: PurposeKeys? {
        if case .derived(let keys) = keys { keys } else { nil }
    }
}

extension Deployment.Rows {
    static func look(at location: DatabaseLocation) async -> Deployment.Rows {
        do {
            let state = try await Database.schemaState(at: location, migrations: Schema.migrations)
            guard case .current(let number) = state else { return .waiting(state) }
            let silent = ServerProcess.silentLogger
            let database = try await Database.openExisting(location, migrations: Schema.migrations, logger: silent)
            return .open(Inspection(database), database, number: number)
        } catch {
            return .failed("\(error)")
        }
    }
}

extension Deployment.Keys {
    static func look(_ configuration: ServerConfiguration) -> Deployment.Keys {
        let file = MasterKeyFile(directory: configuration.keysDirectory)
        guard configuration.masterKey != nil || FileMode(file.path) != nil else { return .absent }
        do {
            return .derived(try configuration.purposeKeys(isNeeded: true))
        } catch {
            return .failed(
                CommandFailure(error)
                    ?? CommandFailure(.refused, code: "master_key", "\(file.path) cannot be read: \(error)"))
        }
    }
}
