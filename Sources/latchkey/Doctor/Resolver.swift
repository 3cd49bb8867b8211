import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The system's way from names to addresses.
enum Resolver {
    struct Failure: Error, Sendable {
        let reason: String
    }

    /// All addresses of a name, each once, as text. Waits as long as the system's resolver does, on a thread of its own.
    static func addresses(of host: String) async -> Result<[String], Failure> {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "latchkey.resolver").async {
                continuation.resume(returning: resolve(host))
            }
        }
    }

    private static func resolve(_ host: String) -> Result<[String], Failure> {
        var hints = addrinfo()
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else { return .failure(Failure(reason: String(cString: gai_strerror(code)))) }
        defer { freeaddrinfo(list) }
        var found: [String] = []
        var next = list
        while let entry = next {
            var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let info = entry.pointee
            if getnameinfo(info.ai_addr, info.ai_addrlen, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST) == 0 {
                let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if !found.contains(text) { found.append(text) }
            }
            next = info.ai_next
        }
        return found.isEmpty ? .failure(Failure(reason: "there is no address")) : .success(found)
    }
}
