/// Why a database is not copied, restored or opened; nothing was changed. Paths are as the caller gave them.
public enum CopyRefusal: Error, Sendable, Hashable {
    /// There is nothing at the path of a copy, or it may not be read.
    case unreadable(path: String, cause: String)
    /// A copy is not written over a file.
    case exists(path: String)
    /// There is a database where another is to be put.
    case occupied(path: String)
    /// Someone has the database open. The names are those of processes, as far as this one may see them.
    case inUse(path: String, by: [String])
    /// The rows of the copy contradict one another.
    case damaged(path: String, finding: String)
    /// The file is a copy that was put in place without being restored: what was spent since is alive in it.
    case unrestored(path: String, takenAt: Int64)
    /// The engine has tools of its own for this.
    case otherEngine
}
