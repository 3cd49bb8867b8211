internal import CPostgreSQL

/// Where a PostgreSQL database is and how to get in: the connection string of libpq, and what we add to it.
struct PostgreSQLAddress: Sendable {
    private let connection: String
    /// Host, port and database: all that may be told of a connection string.
    let description: String

    /// - Throws: `.misuse` when libpq cannot parse the string. Its message would quote the string, so it is not told.
    init(_ connection: String) throws(DatabaseFailure) {
        guard let parameters = Self.parse(connection) else {
            throw .misuse("the connection string of PostgreSQL cannot be parsed")
        }
        // libpq then takes a piece of the password for a name, and tells it in its messages.
        guard !["host", "dbname"].contains(where: { parameters[$0]?.contains("@") ?? false }) else {
            throw .misuse("the connection string of PostgreSQL has an @ too many: percent-encode the password")
        }
        self.connection = connection
        description = Self.description(parameters)
    }

    static func description(of connection: String) -> String {
        (try? PostgreSQLAddress(connection))?.description ?? "PostgreSQL"
    }

    /// Keywords and values for libpq. Those before the string may be overruled by it, those after it may not.
    func parameters(connectTimeout: Int) -> [(String, String)] {
        [
            ("connect_timeout", String(connectTimeout)),
            ("fallback_application_name", "latchkey"),
            // Of several hosts, the one that takes writes.
            ("target_session_attrs", "read-write"),
            // A peer that vanished is noticed, even while we only wait.
            ("tcp_user_timeout", "5000"),
            ("keepalives_idle", "5"),
            ("keepalives_interval", "2"),
            ("keepalives_count", "2"),
            ("dbname", connection),
            ("client_encoding", "UTF8"),
        ]
    }

    private static func description(_ parameters: [String: String]) -> String {
        let host = parameters["host"] ?? parameters["hostaddr"] ?? "the default host"
        let port = parameters["port"].map { ":\($0)" } ?? ""
        let database = parameters["dbname"] ?? parameters["user"] ?? "the default database"
        return "PostgreSQL \(database) at \(host)\(port)"
    }

    private static func parse(_ connection: String) -> [String: String]? {
        var message: UnsafeMutablePointer<CChar>?
        let options = PQconninfoParse(connection, &message)
        PQfreemem(message)
        guard let options else { return nil }
        defer { PQconninfoFree(options) }
        var parameters: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parameters[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return parameters
    }
}

extension PostgreSQLAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var debugDescription: String { description }

    var customMirror: Mirror { Mirror(self, children: []) }
}
