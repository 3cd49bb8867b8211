#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The way of a copy into the place of a database: staged beside it under another name, settled there, then renamed.
struct SQLiteRestore: Sendable {
    let target: SQLiteFile

    /// The copy until it is put in its place.
    var staged: SQLiteFile { SQLiteFile(path: target.path + ".restoring") }

    /// Makes sure that the place may be taken, and holds it.
    func begin(replacing: Bool) throws -> DirectoryLock {
        try target.createDirectory()
        let lock = try DirectoryLock(of: target)
        do {
            if target.exists {
                guard replacing else { throw CopyRefusal.occupied(path: target.path) }
                try target.requireUnused()
            }
            return lock
        } catch {
            lock.release()
            throw error
        }
    }

    /// Brings the bytes of a copy, and of the log that may lie beside it, under the name of the staged file.
    func stage(_ copy: String) throws {
        staged.removeWithLogs()
        guard access(copy, R_OK) == 0 else { throw unreadable(copy) }
        var (status, place) = (stat(), stat())
        if stat(copy, &status) == 0, stat(target.path, &place) == 0, status.st_ino == place.st_ino,
            status.st_dev == place.st_dev
        {
            throw CopyRefusal.unreadable(path: copy, cause: "it is the database in place")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw CopyRefusal.unreadable(path: copy, cause: "it is no file")
        }
        try staged.fill(from: copy)
        let log = SQLiteFile(path: copy + "-wal")
        if log.exists { try SQLiteFile(path: staged.path + "-wal").fill(from: log.path) }
    }

    /// Answers where the database is now that was there before. The logs of that one go first: a log beside a file that
    /// it does not belong to would ruin it.
    func putInPlace() throws -> String? {
        _ = try staged.synchronize()
        var aside: SQLiteFile?
        if target.exists {
            let former = try freeName()
            try target.name(former.path, keeping: true)
            for log in ["-wal", "-shm"] where SQLiteFile(path: target.path + log).exists {
                try SQLiteFile(path: target.path + log).move(to: former.path + log)
            }
            aside = former
        }
        try staged.move(to: target.path)
        try target.synchronizeDirectory()
        return aside?.path
    }

    func discard() {
        staged.removeWithLogs()
    }

    private func freeName() throws -> SQLiteFile {
        for number in 1..<10_000 {
            let file = SQLiteFile(path: "\(target.path).replaced-\(number)")
            if !file.exists { return file }
        }
        throw DatabaseFailure.unavailable("too many replaced databases beside \(target.path)")
    }

    private func unreadable(_ path: String) -> CopyRefusal {
        .unreadable(path: path, cause: String(cString: strerror(errno)))
    }
}
