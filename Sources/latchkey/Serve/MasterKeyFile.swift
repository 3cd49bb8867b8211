import Identity
import JOSE

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `keys/master.key`: 32 bytes in base64url, readable by their owner alone.
struct MasterKeyFile {
    let directory: String
    private var name = "master.key"

    init(directory: String) {
        self.directory = directory
    }

    /// `keys/former-master.key`: the one before, while the master key is being changed.
    static func former(in directory: String) -> MasterKeyFile {
        var file = MasterKeyFile(directory: directory)
        file.name = "former-master.key"
        return file
    }

    var path: String { directory + "/" + name }

    /// Reads the key, or makes it when there is none and none is needed.
    ///
    /// - Parameter isNeeded: whether the database was used before: then a missing key is refused, for a new one would
    ///   open nothing in it.
    func load(isNeeded: Bool) throws -> MasterKey {
        if let key = try readKey() { return key }
        guard !isNeeded else {
            throw CommandFailure(
                .refused, code: "master_key_missing", "\(path) is missing, but the database was made with it.",
                next:
                    "Put the key back from your backup, or name its directory with --keys. Without it the signing keys "
                    + "in the database cannot be opened.")
        }
        return try make()
    }

    /// The key in the file; nil when there is no file.
    func readKey() throws -> MasterKey? {
        guard let text = try read() else { return nil }
        guard let key = Self.parse(text) else {
            throw CommandFailure(
                .refused, code: "master_key_damaged", "\(path) does not hold a master key of 32 bytes.",
                next: "Put the key back from your backup. It is never replaced by itself.")
        }
        return key
    }

    private func read() throws -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw CommandFailure.fileTrouble("read", path)
        }
        guard status.st_mode & 0o077 == 0 else {
            throw CommandFailure(
                .refused, code: "master_key_exposed", "\(path) can be read by others on this machine.",
                next: "Run: chmod 600 \(path)")
        }
        return try PrivateFile(path: path).read { _ in }.map { String(decoding: $0, as: UTF8.self) }
    }

    private func make() throws -> MasterKey {
        let secret = RandomSource.system.secret(MasterKey.byteCount)
        guard let key = MasterKey(secret) else {
            throw CommandFailure(.refused, code: "no_randomness", "The system gave no random key.")
        }
        try PrivateFile.makeDirectory(directory)
        let text = secret.withBytes { Base64URL.encode(Array($0)) } + "\n"
        // Another node that starts in the same directory may have been first: then its key is everybody's.
        guard try PrivateFile(path: path).create(with: Array(text.utf8)) else {
            guard let shared = try readKey() else {
                throw CommandFailure(
                    .refused, code: "master_key_missing", "\(path) was there a moment ago and is gone.",
                    next: "See that nothing else works in this directory, and start again.")
            }
            return shared
        }
        return key
    }

    private static func parse(_ text: String) -> MasterKey? {
        let line = text.hasSuffix("\n") ? String(text.dropLast()) : text
        return Base64URL.decode(line).flatMap { MasterKey(Secret($0)) }
    }
}
