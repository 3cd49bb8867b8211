#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// There is room for the database to grow.
struct DiskCheck: Check {
    let name = "disk"

    /// With less than this, a checkpoint or a migration's copy may not fit.
    private static let least: UInt64 = 64 << 20
    private static let plenty: UInt64 = 1 << 30

    func examine(_ deployment: Deployment) async -> [Finding] {
        guard deployment.configuration.databaseURL == nil else {
            return [.ok("PostgreSQL keeps the rows; its disk is not seen from here.")]
        }
        let directory = deployment.configuration.dataDirectory
        guard let free = Self.free(at: directory) else {
            return [.ok("\(directory) is made at the first start.")]
        }
        return [Self.judge(free: free, at: directory)]
    }

    static func judge(free: UInt64, at directory: String) -> Finding {
        let text = "\(free >> 20) MiB are free for \(directory)."
        let fix = "Make room on its disk, or move it: a full disk means 503 until there is room again."
        if free < least { return .fault(text, fix: fix) }
        return free < plenty ? .warn(text, fix: fix) : .ok(text)
    }

    /// Octets that this user may still write.
    private static func free(at directory: String) -> UInt64? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        return UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue
    }
}
