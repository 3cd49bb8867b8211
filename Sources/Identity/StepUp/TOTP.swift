import JOSE

/// Time-based one-time passwords (RFC 6238) as every authenticator app makes them: HMAC-SHA-1, six digits, thirty
/// seconds.
struct TOTP: Sendable {
    let secret: Secret

    /// RFC 4226 §4, R6: 160 bits.
    static let secretByteCount = 20
    static let digitCount = 6
    /// `X` of RFC 6238 §4, in seconds.
    static let period: Int64 = 30
    /// RFC 6238 §5.2: one step either way for clocks that differ and for typing.
    static let window: Int64 = 1

    /// `T` of RFC 6238 §4: how many periods there have been since 1970. None before it.
    static func step(at now: Instant) -> Int64 { max(now.seconds, 0) / period }

    /// The code of a step.
    func code(of step: Int64) -> String {
        Self.truncated(HMACSHA1.code(for: Self.message(step), key: secret), digits: Self.digitCount)
    }

    /// The step within the window whose code was typed; nil: none.
    ///
    /// Every step of the window is compared, each in constant time, so that the time tells neither which it was nor how
    /// much of it was right.
    func step(of typed: String, at now: Instant) -> Int64? {
        // Apps show two groups of three.
        let typed = typed.utf8.filter { $0 != UInt8(ascii: " ") }
        let present = Self.step(at: now)
        var found: Int64?
        for step in max(present - Self.window, 0)...(present + Self.window) {
            if ConstantTime.equal(Array(code(of: step).utf8), typed) { found = step }
        }
        return found
    }

    /// The moving factor of RFC 4226 §5.1: eight bytes, the high one first.
    static func message(_ step: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: step >> Int64(8 * (7 - $0))) }
    }

    /// RFC 4226 §5.3: four bytes from where the last one points, without the sign, as decimal digits.
    static func truncated(_ code: [UInt8], digits: Int) -> String {
        let offset = Int((code.last ?? 0) & 0xF)
        let number = code.dropFirst(offset).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text.suffix(digits)
    }
}
