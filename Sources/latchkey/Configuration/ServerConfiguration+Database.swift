import Database

extension ServerConfiguration {
    /// Where the rows live.
    var location: DatabaseLocation {
        databaseURL.map { .postgresql(connection: $0) } ?? .sqlite(path: dataDirectory + "/latchkey.db")
    }
}

extension CommandFailure {
    /// A database that an operator's command cannot use.
    static func database(_ location: DatabaseLocation, _ failure: DatabaseFailure) -> CommandFailure {
        if case .misuse(let cause) = failure {
            return CommandFailure(
                .refused, code: "database", "The database at \(location) is of another version. \(cause)",
                next: "Use the latchkey that serves it, or start that server once with this version.")
        }
        let next =
            switch location {
            case .sqlite: "Name its directory with --data, and run this as the user that the server runs as."
            case .postgresql: "Check that PostgreSQL runs there and lets this user in: psql with the same URL."
            }
        let status: Status = if case .unavailable = failure { .outOfReach } else { .refused }
        return CommandFailure(
            status, code: "database", "The database at \(location) cannot be used. \(failure)", next: next)
    }
}
