#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the system allows this process.
enum ProcessLimits {
    /// A file that may not grow (`ulimit -f`, or a quota that works by it) then fails the write that needs room, like a
    /// full disk, instead of ending the process.
    static func surviveFileSizeLimit() {
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Raises the limit on open files, sockets among them, as far as it may be raised and is of any use. Answers what
    /// it is then.
    ///
    /// Service managers start with a soft limit of 1,024 for the sake of programs that call `select`, which this one
    /// does not.
    static func raiseOpenFiles(to wanted: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return 1_024 }
        let target = min(limit.rlim_max, rlim_t(wanted))
        if limit.rlim_cur < target {
            var raised = limit
            raised.rlim_cur = target
            if setrlimit(resource, &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }

    #if canImport(Glibc)
        private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        private static let resource = RLIMIT_NOFILE
    #endif
}
