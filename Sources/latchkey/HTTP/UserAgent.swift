#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `latchkey-cli/<version> (<host name>; <os>)`: what a person sees of this device in the list of sessions.
enum UserAgent {
    static let description = "latchkey-cli/\(Latchkey.version) (\(hostName); \(system))"

    private static let system: String = {
        #if os(macOS)
            "macOS"
        #else
            "Linux"
        #endif
    }()

    /// Only what may stand in a header comment.
    private static let hostName: String = {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown host" }
        let name = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }.filter { byte in
            byte > 0x20 && byte < 0x7F && !"();\\".utf8.contains(byte)
        }
        return name.isEmpty ? "unknown host" : String(decoding: name, as: UTF8.self)
    }()
}
