#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A port nobody listens on: asked for by `--port 0`. It is found before the server binds, because the issuer, and so
/// everything the server signs, carries the port.
enum FreePort {
    static func find(on hostname: String) throws -> Int {
        let isIPv6 = hostname.contains(":")
        let descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw CommandFailure.noFreePort }
        defer { close(descriptor) }
        var address = sockaddr_storage()
        address.ss_family = sa_family_t(isIPv6 ? AF_INET6 : AF_INET)
        var length = socklen_t(isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 }
        }
        guard isBound else { throw CommandFailure.noFreePort }
        let isNamed = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) == 0 }
        }
        guard isNamed else { throw CommandFailure.noFreePort }
        // The port stands at the same place in both families: bytes 2 and 3, most significant first.
        return withUnsafeBytes(of: &address) { Int($0[2]) << 8 | Int($0[3]) }
    }
}

extension CommandFailure {
    fileprivate static let noFreePort = CommandFailure(
        .refused, code: "no_free_port", "No free port was found.", next: "Name one with --port.")
}
