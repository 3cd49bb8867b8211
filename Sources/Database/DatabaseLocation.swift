/// Where the rows live, and so which engine holds them.
public enum DatabaseLocation: Sendable, Hashable {
    /// A file on this machine. It is made with mode 0600, its missing directories with mode 0700.
    case sqlite(path: String)
}
