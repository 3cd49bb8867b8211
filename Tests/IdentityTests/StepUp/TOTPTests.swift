import JOSE
import Testing

@testable import Identity

@Suite("One-time passwords")
struct TOTPTests {
    /// The secret of RFC 4226 Appendix D and RFC 6238 Appendix B.
    private static let example = Secret(Array("12345678901234567890".utf8))

    @Test("are those of RFC 4226 Appendix D")
    func hotpVectors() {
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
        ]
        for (counter, code) in codes.enumerated() {
            #expect(TOTP(secret: Self.example).code(of: Int64(counter)) == code)
        }
    }

    @Test(
        "are those of RFC 6238 Appendix B, which has eight digits",
        arguments: [
            (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"), (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
        ] as [(Int64, String)])
    func totpVectors(seconds: Int64, code: String) {
        let step = TOTP.step(at: Instant(seconds: seconds))
        let hash = HMACSHA1.code(for: TOTP.message(step), key: Self.example)
        #expect(TOTP.truncated(hash, digits: 8) == code)
        #expect(TOTP(secret: Self.example).code(of: step) == code.suffix(6))
    }

    @Test("a code is found in its own step and those beside it, and in no other")
    func window() {
        var random = SeededNumbers(seed: 6238)
        for _ in 0..<300 {
            let totp = TOTP(secret: Secret((0..<20).map { _ in UInt8.random(in: 0...255, using: &random) }))
            let now = Instant(seconds: .random(in: 0...4_000_000_000, using: &random))
            let step = TOTP.step(at: now)
            for distance: Int64 in -4...4 where step + distance >= 0 {
                let code = totp.code(of: step + distance)
                let near = (-1...1).filter { step + $0 >= 0 && totp.code(of: step + $0) == code }
                #expect((totp.step(of: code, at: now) != nil) == !near.isEmpty)
                if abs(distance) <= 1 { #expect(totp.step(of: code, at: now).map { near.contains($0 - step) } == true) }
            }
        }
    }

    @Test(
        "what is not six plain digits is no code",
        arguments: ["", "75522", "7552240", "755224\0", "-55224", "７５５２２４", "75522a", "0x5522", "755224\n"])
    func shapes(typed: String) {
        #expect(TOTP(secret: Self.example).step(of: typed, at: Instant(seconds: 0)) == nil)
    }

    @Test("a code may be typed in two groups, as apps show it")
    func groups() {
        #expect(TOTP(secret: Self.example).step(of: "755 224", at: Instant(seconds: 0)) == 0)
    }

    @Test("secrets are spelled as RFC 4648 §10 has base32, without padding")
    func base32() {
        for (text, spelled) in [
            ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            #expect(Base32.encode(Array(text.utf8)) == spelled)
        }
    }
}

/// The same numbers at every run.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
