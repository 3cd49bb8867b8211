import Dispatch

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The file of this user's logins: mode 0600 in a directory of mode 0700, replaced as a whole or not at all, changed
/// only by who holds the lock beside it.
struct CredentialsFile: Sendable {
    let directory: String
    var path: String { directory + "/credentials.json" }

    /// `$XDG_CONFIG_HOME/latchkey`, else `~/.config/latchkey`. A relative `XDG_CONFIG_HOME` is ignored, as the XDG
    /// Base Directory Specification asks.
    static func standard(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> CredentialsFile
    {
        if let base = environment["XDG_CONFIG_HOME"], base.hasPrefix("/") {
            return CredentialsFile(directory: base + "/latchkey")
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else {
            throw CommandFailure(
                .refused, code: "no_home", "There is no place for credentials: HOME is not set.",
                next: "Set HOME or XDG_CONFIG_HOME to a directory of yours.")
        }
        return CredentialsFile(directory: home + "/.config/latchkey")
    }

    /// No logins when there is no file. A file that others can read is repaired, and its owner told.
    func read() throws -> Credentials {
        guard let bytes = try PrivateFile(path: path).read(notice: Self.warn) else { return Credentials() }
        guard let credentials = Credentials(bytes) else { throw CommandFailure.corruptCredentials(path) }
        return credentials
    }

    /// Runs `body` while no other process of this user does: what it reads is still true when it writes.
    /// The kernel frees the lock when the process ends, however it ends.
    func locked<Result: Sendable>(
        _ body: @Sendable (Held) async throws -> Result
    ) async throws -> Result {
        try PrivateFile.makeDirectory(directory)
        try PrivateFile.protectDirectory(directory)
        let lock = try await Self.lock(directory + "/credentials.lock")
        defer { lock.release() }
        return try await body(Held(file: self))
    }

    /// The right to write, which only `locked` gives.
    struct Held: Sendable {
        fileprivate let file: CredentialsFile

        func read() throws -> Credentials { try file.read() }

        func write(_ credentials: Credentials) throws {
            try PrivateFile(path: file.path).replace(with: credentials.bytes)
        }
    }

    /// Waiting for a lock blocks a thread, so it is not one of Swift's own.
    private static func lock(_ path: String) async throws -> FileLock {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "credentials lock").async {
                continuation.resume(with: Swift.Result { try FileLock(path: path) })
            }
        }
    }

    private static func warn(_ text: String) { Terminal.standard.complain("latchkey: \(text)") }
}

extension CommandFailure {
    static func corruptCredentials(_ path: String) -> CommandFailure {
        CommandFailure(
            .refused, code: "credentials_corrupt",
            "The credentials file \(path) is not what latchkey wrote, so it was left as it is.",
            next: "Move it away, then log in again: mv '\(path)' '\(path).broken' && latchkey login")
    }
}
