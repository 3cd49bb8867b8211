#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Who may do what with a file or directory.
struct FileMode: Hashable, Sendable {
    let bits: UInt32
    let owner: UInt32

    /// Nil when there is none, or none that may be looked at.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        (bits, owner) = (UInt32(status.st_mode) & 0o7777, UInt32(status.st_uid))
    }

    var isForOwnerAlone: Bool { bits & 0o077 == 0 }
    var othersMayChange: Bool { bits & 0o022 != 0 }

    var description: String { "0" + String(bits, radix: 8) }
}
