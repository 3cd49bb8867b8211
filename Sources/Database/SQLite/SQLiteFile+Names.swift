#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

extension SQLiteFile {
    var exists: Bool { access(path, F_OK) == 0 }

    /// The file, its log and the log's index.
    func removeWithLogs() {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
    }

    /// Sees that all bytes are on disk; answers how many there are.
    func synchronize() throws(DatabaseFailure) -> Int64 {
        let descriptor = Self.open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open \(path)") }
        defer { _ = close(descriptor) }
        var status = stat()
        guard fsync(descriptor) == 0, fstat(descriptor, &status) == 0 else { throw failure("sync \(path)") }
        return Int64(status.st_size)
    }

    /// Gives the file another name that nothing has, durably. It keeps the former beside it when asked to.
    func name(_ name: String, keeping keepsFormer: Bool = false) throws {
        guard link(path, name) == 0 else {
            if errno == EEXIST { throw CopyRefusal.exists(path: name) }
            // Some file systems know one name a file.
            guard !keepsFormer, access(name, F_OK) != 0 else { throw failure("link \(name)") }
            try move(to: name)
            return try SQLiteFile(path: name).synchronizeDirectory()
        }
        if !keepsFormer { unlink(path) }
        try SQLiteFile(path: name).synchronizeDirectory()
    }

    /// Replaces whatever has the name.
    func move(to name: String) throws(DatabaseFailure) {
        #if canImport(Darwin)
            let result = Darwin.rename(path, name)
        #elseif canImport(Musl)
            let result = Musl.rename(path, name)
        #else
            let result = Glibc.rename(path, name)
        #endif
        guard result == 0 else { throw failure("rename \(path) to \(name)") }
    }

    /// Makes the file anew (0600) with the bytes of another.
    func fill(from source: String) throws {
        let input = Self.open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else {
            throw CopyRefusal.unreadable(path: source, cause: String(cString: strerror(errno)))
        }
        defer { _ = close(input) }
        let output = Self.open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC)
        guard output >= 0 else { throw failure("create \(path)") }
        defer { _ = close(output) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(input, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("read \(source)") }
            if count == 0 { return }
            try write(buffer[..<count], to: output)
        }
    }

    private func write(_ bytes: ArraySlice<UInt8>, to descriptor: CInt) throws(DatabaseFailure) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Self.write(descriptor, $0) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure("write \(path)") }
            rest = rest.dropFirst(count)
        }
    }

    /// The name `write` is taken here.
    private static func write(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
            Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
}
