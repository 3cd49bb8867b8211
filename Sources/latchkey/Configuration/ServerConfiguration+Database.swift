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
        let next =
            switch location {
            case .sqlite: "Name the directory that the server was started with: --data DIR. Its owner may read it."
            case .postgresql: "Check that PostgreSQL runs there and lets this user in: psql with the same URL."
            }
        return CommandFailure(
            .refused, code: "database", "\(location) cannot be used. \(failure)", next: next)
    }
}
