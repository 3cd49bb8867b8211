internal import GRDB

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

extension SQLiteFile {
    /// Makes sure that no process has the database open.
    ///
    /// SQLite knows: in WAL mode every connection holds a shared lock for as long as it is open. A file too damaged to
    /// be asked can still be replaced; then only what Linux tells of open files counts.
    func requireUnused() throws {
        let users = Self.processes(thatHaveOpen: path)
        guard users.isEmpty else { throw CopyRefusal.inUse(path: path, by: users) }
        do {
            var configuration = Configuration()
            configuration.busyMode = .immediateError
            let connection = try DatabaseQueue(path: path, configuration: configuration)
            try connection.inDatabase {
                try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
                try $0.inTransaction(.exclusive) { .commit }
            }
            try connection.close()
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            throw CopyRefusal.inUse(path: path, by: [])
        } catch is DatabaseError {
            // It is damaged, which is a good reason to replace it.
        }
    }

    /// Names and numbers of the other processes that have a file open, as far as this user may see them.
    private static func processes(thatHaveOpen path: String) -> [String] {
        guard let resolved = realpath(path, nil) else { return [] }
        let file = String(cString: resolved)
        free(resolved)
        let own = String(getpid())
        return names(in: "/proc").filter { $0 != own && $0.allSatisfy(\.isNumber) }.filter { process in
            names(in: "/proc/\(process)/fd").contains { target(of: "/proc/\(process)/fd/\($0)") == file }
        }.map { "\(name(ofProcess: $0)) (process \($0))" }
    }

    private static func names(in directory: String) -> [String] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    private static func target(of link: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func name(ofProcess process: String) -> String {
        let program = target(of: "/proc/\(process)/exe") ?? "a program"
        return program.split(separator: "/").last.map(String.init) ?? program
    }
}
