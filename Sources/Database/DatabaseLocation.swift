/// Where the rows live, and so which engine holds them.
public enum DatabaseLocation: Sendable, Hashable {
    /// A file on this machine. It is made with mode 0600, its missing directories with mode 0700.
    case sqlite(path: String)
    /// A PostgreSQL database, by a connection string of libpq: a URI (`postgres://…`) or `keyword=value` pairs. What
    /// it leaves out comes from where libpq looks for it (`PGPASSWORD`, `~/.pgpass`, …). At most so many connections
    /// are opened, as they are needed: three nodes fit into a server's default of a hundred.
    case postgresql(connection: String, connections: Int = 24)

    /// The location a user has written: a URI of PostgreSQL, else the path of a file.
    public init(_ text: String) {
        let isURI = ["postgres://", "postgresql://"].contains { text.hasPrefix($0) }
        self = isURI ? .postgresql(connection: text) : .sqlite(path: text)
    }
}

extension DatabaseLocation: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The path, or host, port and database; never a password.
    public var description: String {
        switch self {
        case .sqlite(let path): path
        case .postgresql(let connection, _): PostgreSQLAddress.description(of: connection)
        }
    }

    /// As `description`.
    public var debugDescription: String { description }

    /// Shows as `description`, so that a dump tells no password either.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
