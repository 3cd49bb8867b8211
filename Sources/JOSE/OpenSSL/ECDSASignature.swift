/// The two writings of a P-256 signature: r‖s in JOSE (RFC 7518 §3.4) and DER in libcrypto. Pure byte work.
enum ECDSASignature {
    /// The order of the P-256 group, big-endian (SEC 2 §2.4.2).
    static let order: [UInt8] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
    ]

    /// DER of `r‖s`; `nil` unless it has 64 bytes and both numbers are from 1 to n − 1.
    static func der(fromRaw raw: [UInt8]) -> [UInt8]? {
        guard raw.count == 64, isInRange(raw[..<32]), isInRange(raw[32...]) else { return nil }
        var der: [UInt8] = [0x30, 0]
        der.reserveCapacity(72)
        append(raw[..<32], to: &der)
        append(raw[32...], to: &der)
        der[1] = UInt8(der.count - 2)
        return der
    }

    /// `r‖s` of DER; `nil` when that is not one sequence of two numbers of 32 bytes at most, each written as DER
    /// demands: not negative, and without a zero that need not be there. So one signature has one writing.
    static func raw(fromDER der: ArraySlice<UInt8>) -> [UInt8]? {
        var rest = der
        guard let content = value(tag: 0x30, from: &rest), rest.isEmpty else { return nil }
        rest = content
        guard let r = value(tag: 0x02, from: &rest), let s = value(tag: 0x02, from: &rest), rest.isEmpty else {
            return nil
        }
        var raw: [UInt8] = []
        raw.reserveCapacity(64)
        for number in [r, s] {
            guard isMinimal(number) else { return nil }
            let digits = number.drop { $0 == 0 }
            guard digits.count <= 32 else { return nil }
            for _ in digits.count..<32 { raw.append(0) }
            raw.append(contentsOf: digits)
        }
        return raw
    }

    /// Whether the content of an INTEGER is a number that is not negative, in as few bytes as it takes
    /// (X.690 §8.3.2).
    private static func isMinimal(_ number: ArraySlice<UInt8>) -> Bool {
        guard let first = number.first, first < 0x80 else { return false }
        guard first == 0, let second = number.dropFirst().first else { return true }
        return second >= 0x80
    }

    private static func isInRange(_ number: ArraySlice<UInt8>) -> Bool {
        number.contains { $0 != 0 } && number.lexicographicallyPrecedes(order)
    }

    private static func append(_ number: ArraySlice<UInt8>, to der: inout [UInt8]) {
        let digits = number.drop { $0 == 0 }
        // A leading one bit would make the number negative.
        let needsZero = (digits.first ?? 0) >= 0x80
        der.append(0x02)
        der.append(UInt8(digits.count + (needsZero ? 1 : 0)))
        if needsZero { der.append(0) }
        der.append(contentsOf: digits)
    }

    /// Takes one element with a short length off the front.
    private static func value(tag: UInt8, from rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard rest.popFirst() == tag, let length = rest.popFirst(), length < 0x80, Int(length) <= rest.count else {
            return nil
        }
        defer { rest = rest.dropFirst(Int(length)) }
        return rest.prefix(Int(length))
    }
}
