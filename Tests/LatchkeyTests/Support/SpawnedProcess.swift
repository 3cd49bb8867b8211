import Dispatch
import Foundation

/// A child process by posix_spawn.
///
/// Not Foundation's `Process`: before it starts a child it looks for the highest open descriptor, and there reads past
/// the end of a directory entry, which now and then crashes a test run with a thousand descriptors open.
final class SpawnedProcess: Sendable {
    enum End: Hashable, Sendable {
        case exited(Int32)
        case signalled(Int32)
    }

    let identifier: pid_t
    private let ending: Task<End, Never>

    /// - Parameters:
    ///   - directory: where it runs. Its files `in`, `out` and `err` are the standard streams.
    init(_ path: String, _ arguments: [String], environment: [String: String], directory: String) throws {
        var actions = Self.emptyActions()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, directory + "/in", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, directory + "/out", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, directory + "/err", O_WRONLY, 0)
        // posix_spawn itself cannot say where; the shell gives its place to the command.
        let command = ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, directory, path] + arguments
        var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var settings: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in words + settings { free(text) } }
        var child = pid_t()
        var attributes = Self.emptyAttributes()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        Self.resetSignals(&attributes)
        let fault = posix_spawn(&child, command[0], &actions, &attributes, &words, &settings)
        guard fault == 0 else { throw POSIXError(POSIXErrorCode(rawValue: fault) ?? .EIO) }
        identifier = child
        ending = Task { [child] in await Self.end(of: child) }
    }

    /// Waits for its end.
    var end: End { get async { await ending.value } }

    func signal(_ number: Int32) { kill(identifier, number) }

    /// Waiting for a child blocks a thread, so it is not one of Swift's own.
    private static func end(of child: pid_t) async -> End {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "child \(child)").async {
                var status: Int32 = 0
                while waitpid(child, &status, 0) < 0 && errno == EINTR {}
                let number = status & 0x7F
                continuation.resume(returning: number == 0 ? .exited(status >> 8 & 0xFF) : .signalled(number))
            }
        }
    }

    #if os(macOS)
        private typealias Actions = posix_spawn_file_actions_t?
        private typealias Attributes = posix_spawnattr_t?
        private static func emptyActions() -> Actions { nil }
        private static func emptyAttributes() -> Attributes { nil }
    #else
        private typealias Actions = posix_spawn_file_actions_t
        private typealias Attributes = posix_spawnattr_t
        private static func emptyActions() -> Actions { Actions() }
        private static func emptyAttributes() -> Attributes { Attributes() }
    #endif

    /// The child hears signals, whatever this process has set up for itself.
    private static func resetSignals(_ attributes: inout Attributes) {
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    }
}
