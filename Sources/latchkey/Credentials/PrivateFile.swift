#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

import JOSE

/// A small file that its owner alone may read (0600), in a directory of its own (0700).
struct PrivateFile {
    let path: String

    private static let maximumSize = 1 << 20

    /// All of it, or nil when there is none.
    /// - Parameter notice: told when the mode had to be repaired.
    func read(notice: (String) -> Void) throws -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw CommandFailure.fileTrouble("read", path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw CommandFailure.fileTrouble("read", path) }
        if status.st_mode & 0o077 != 0 {
            guard fchmod(descriptor, 0o600) == 0 else { throw CommandFailure.fileTrouble("protect", path) }
            notice(
                "\(path) could be used by others on this machine; its mode is 0600 again. "
                    + "If you do not trust them, run: latchkey logout")
        }
        return try readAll(descriptor)
    }

    /// Afterwards the file holds these bytes, durably; if anything fails it holds what it held before.
    func replace(with bytes: [UInt8]) throws {
        let temporary = try writeBeside(bytes)
        guard rename(temporary, path) == 0 else {
            let failure = CommandFailure.fileTrouble("replace", path)
            unlink(temporary)
            throw failure
        }
        Self.synchronizeDirectory(of: path)
    }

    /// Makes the file with these bytes, durably, unless it is there: then it stays as it is, and the answer is false.
    func create(with bytes: [UInt8]) throws -> Bool {
        let temporary = try writeBeside(bytes)
        defer { unlink(temporary) }
        guard link(temporary, path) == 0 else {
            if errno == EEXIST { return false }
            throw CommandFailure.fileTrouble("make", path)
        }
        Self.synchronizeDirectory(of: path)
        return true
    }

    /// Writes the bytes durably into a file of another name in the same directory; answers its path.
    private func writeBeside(_ bytes: [UInt8]) throws -> String {
        let temporary = path + "." + Base64URL.encode(RandomSource.system.bytes(9))
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CommandFailure.fileTrouble("write", temporary) }
        do {
            defer { close(descriptor) }
            try writeAll(bytes, to: descriptor)
            guard fsync(descriptor) == 0 else { throw CommandFailure.fileTrouble("write", temporary) }
        } catch {
            unlink(temporary)
            throw error
        }
        return temporary
    }

    /// Makes the directory and those above it, unless they are there.
    static func makeDirectory(_ path: String) throws {
        if mkdir(path, 0o700) == 0 { return }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeDirectory(String(path[..<slash]))
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw CommandFailure.fileTrouble("make", path) }
        } else if errno != EEXIST {
            throw CommandFailure.fileTrouble("make", path)
        }
    }

    /// Takes away from others what they may do in the directory.
    static func protectDirectory(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { throw CommandFailure.fileTrouble("use", path) }
        guard status.st_mode & 0o077 == 0 || chmod(path, 0o700) == 0 else {
            throw CommandFailure.fileTrouble("protect", path)
        }
    }

    private func readAll(_ descriptor: Int32) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = buffer.withUnsafeMutableBytes { Self.systemRead(descriptor, $0) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0, bytes.count + count <= Self.maximumSize else {
                throw CommandFailure.fileTrouble("read", path)
            }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    private func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw CommandFailure.fileTrouble("write", path) }
            rest = rest.dropFirst(count)
        }
    }

    /// The name `read` is taken inside this type.
    private static func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
            Musl.read(descriptor, buffer.baseAddress, buffer.count)
        #else
            Darwin.read(descriptor, buffer.baseAddress, buffer.count)
        #endif
    }

    /// So that the new name survives a power failure. Not every file system can; then the file is old or new, whole.
    private static func synchronizeDirectory(of path: String) {
        guard let slash = path.lastIndex(of: "/") else { return }
        let descriptor = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}

extension CommandFailure {
    /// A system call failed; call it at once, while `errno` is still about it.
    static func fileTrouble(_ verb: String, _ path: String) -> CommandFailure {
        let reason = String(cString: strerror(errno))
        return CommandFailure(
            .refused, code: "credentials_unusable", "Could not \(verb) \(path): \(reason).",
            next: "It must be yours, in a directory where you may write, on a disk with room.")
    }
}
