import Database
import Identity

/// The rows can be reached, and are such as this program knows.
struct DatabaseCheck: Check {
    let name = "database"

    func examine(_ deployment: Deployment) async -> [Finding] {
        let location = deployment.configuration.location
        switch deployment.rows {
        case .open(_, _, let number):
            return [.ok("\(location) is reached; its schema is number \(number), the newest.")]
        case .failed(let cause):
            let fix =
                deployment.configuration.databaseURL == nil
                ? "Check that the file is yours and whole, and its disk there."
                : "Check that PostgreSQL runs there and lets this user in: psql with the same URL."
            return [.fault("\(location) cannot be used: \(cause)", fix: fix)]
        case .waiting(.absent):
            return [
                .warn(
                    "\(location) holds nothing yet.",
                    fix: "The first start of serve makes it. If there was one, check data or database.")
            ]
        case .waiting(.behind(let applied, let newest)):
            return [
                .warn(
                    "\(location) has schema \(applied); this program has \(newest).",
                    fix: "The next start of serve migrates it and keeps a copy. Does an older version still run?")
            ]
        case .waiting(.foreign(let cause)):
            return [.fault("\(location) is not this program's: \(cause)", fix: "Start the version that was last used.")]
        case .waiting(.current(let number)):
            return [.ok("\(location) has schema \(number).")]
        }
    }
}

/// The master key is there and opens what the database holds.
struct MasterKeyCheck: Check {
    let name = "keys"

    func examine(_ deployment: Deployment) async -> [Finding] {
        switch deployment.keys {
        case .failed(let failure): return [.fault(failure)]
        case .absent:
            let path = MasterKeyFile(directory: deployment.configuration.keysDirectory).path
            guard deployment.inspection == nil else {
                return [
                    .fault(
                        "\(path) is missing, but the database was made with it.",
                        fix: "Put it back from your backup, or name its directory with keys.")
                ]
            }
            return [.warn("There is no \(path) yet.", fix: "The first start of serve makes it. Back it up then.")]
        case .derived(let keys):
            do {
                if case .open(_, let database, _) = deployment.rows {
                    try await SigningKeys(database: database, keys: keys).requireReadable()
                }
                return [.ok("The master key opens every signing key.")]
            } catch let error as UnreadableSigningKey {
                return [
                    .fault(
                        "The master key does not open the signing key \(error.keyID).",
                        fix: "Put back the master key this database was made with: both from the same backup.")
                ]
            } catch {
                return [.fault("The signing keys cannot be read: \(error)", fix: "See the finding about the database.")]
            }
        }
    }
}
