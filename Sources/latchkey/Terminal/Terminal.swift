import JOSE

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard output and standard error as a command uses them: results on the one, complaints on the other.
struct Terminal: Sendable {
    /// Whether a person is looking at standard output.
    let isInteractive: Bool
    /// 80 when nobody knows.
    let columns: Int
    /// Whether escape sequences mean something to it.
    let hasEscapes: Bool

    static var standard: Terminal {
        let isInteractive = isatty(STDOUT_FILENO) == 1
        var size = winsize()
        let measured = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        let kind = getenv("TERM").map { String(cString: $0) } ?? ""
        return Terminal(
            isInteractive: isInteractive, columns: measured ? Int(size.ws_col) : 80,
            hasEscapes: isInteractive && !kind.isEmpty && kind != "dumb")
    }

    /// A line of result.
    func line(_ text: String = "") { Self.write(text + "\n", to: STDOUT_FILENO) }

    /// One object, on a line of its own.
    func json(_ object: JSONObject) {
        line(String(decoding: JSONValue.object(object).serialized(), as: UTF8.self))
    }

    /// Bytes of result as they are. False when nobody reads them any more.
    func pass(_ bytes: [UInt8]) -> Bool { Self.write(bytes, to: STDOUT_FILENO) }

    /// A line that is no result: a warning, or why it failed.
    func complain(_ text: String) { Self.write(text + "\n", to: STDERR_FILENO) }

    /// Replaces the line that was shown last by this function; an empty text takes it away. Nothing without a person.
    func progress(_ text: String) {
        guard hasEscapes else { return }
        Self.write("\r\u{1B}[2K" + text.prefix(columns - 1), to: STDOUT_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        _ = write(Array(text.utf8), to: descriptor)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                #if canImport(Glibc)
                    Glibc.write(descriptor, $0.baseAddress, $0.count)
                #elseif canImport(Musl)
                    Musl.write(descriptor, $0.baseAddress, $0.count)
                #else
                    Darwin.write(descriptor, $0.baseAddress, $0.count)
                #endif
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

extension String {
    /// Without control characters: what a server sent must not be able to command the terminal.
    var printable: String {
        String(
            unicodeScalars.filter { scalar in
                switch scalar.properties.generalCategory {
                case .control: scalar == "\n"
                case .format: false  // bidirectional overrides among them
                default: true
                }
            }.map(Character.init))
    }
}
