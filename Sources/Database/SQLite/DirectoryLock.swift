#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Held while a database in a directory is opened or replaced, so that no other process starts on one there.
///
/// The lock is the directory's, as a lock of the file would be mixed up with SQLite's.
struct DirectoryLock: Sendable {
    private let descriptor: CInt

    /// Waits for it.
    init(of file: SQLiteFile) throws(DatabaseFailure) {
        descriptor = try file.openDirectory()
        while flock(descriptor, LOCK_EX) != 0 {
            // A file system without such locks serves one process well.
            guard errno == EINTR else { break }
        }
    }

    /// Once; the value is of no use afterwards.
    func release() { _ = close(descriptor) }
}
