#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An exclusive lock on a file, among all processes of this machine (`flock(2)`).
struct FileLock: Sendable {
    private let descriptor: Int32

    /// Waits until nobody else holds it.
    init(path: String) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CommandFailure.fileTrouble("open", path) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                let failure = CommandFailure.fileTrouble("lock", path)
                close(descriptor)
                throw failure
            }
        }
    }

    /// Once; the value is of no use afterwards.
    func release() { close(descriptor) }
}
