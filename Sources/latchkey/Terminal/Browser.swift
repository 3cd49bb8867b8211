#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Opens a page in the person's browser, if there is one. It never waits and never fails: the link is on the screen.
enum Browser {
    /// - Parameter url: only `http` and `https` are opened, whatever a server may send.
    static func open(_ url: String, environment: [String: String]) {
        guard url.hasPrefix("https://") || url.hasPrefix("http://"), !url.utf8.contains(0),
            let opener = opener(environment)
        else { return }
        start([opener, url])
    }

    /// Nil where there is no screen: xdg-open would then start a text browser on top of our own output.
    static func opener(_ environment: [String: String]) -> String? {
        #if os(macOS)
            return "open"
        #else
            let hints = ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"]
            return hints.contains { !(environment[$0] ?? "").isEmpty } ? "xdg-open" : nil
        #endif
    }

    /// In a process group of its own and without our streams, so that it neither writes here nor dies with us.
    private static func start(_ words: [String]) {
        #if os(macOS)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child = pid_t()
        _ = posix_spawnp(&child, words[0], &actions, &attributes, &arguments, environ)
    }
}
