import JOSE

/// The secret that a person shares with an authenticator app. There is one that waits to be confirmed and one that is,
/// at most: a new one never takes the place of the old before its first code was typed.
struct TOTPSecret: Sendable, Identified {
    static let identifierPrefix = "otp"
    typealias ID = Identifier<TOTPSecret>

    enum State: String, Sendable {
        case pending
        case confirmed
    }

    let id: ID
    let user: User.ID
    var state: State
    let totp: TOTP
    /// The step of the last code that was accepted; 0: none yet. Neither it nor one before is accepted again
    /// (RFC 6238 §5.2).
    var lastStep: Int64
    let createdAt: Instant

    /// How long a new secret waits for its first code.
    static let enrolmentLifetime = Duration.seconds(1_800)

    /// Accepts a code, once.
    mutating func accept(_ typed: String, at now: Instant) -> StepUpRefusal? {
        if state == .pending, now - createdAt >= Self.enrolmentLifetime { return .nothingToConfirm }
        guard let step = totp.step(of: typed, at: now) else { return .wrongCode }
        guard step > lastStep else { return .usedCode }
        lastStep = step
        return nil
    }
}

/// A new secret as it is shown once, to be taken over by an app.
package struct TOTPEnrolment: Sendable {
    /// RFC 4648 base32 without padding, as apps take it.
    package let secret: String
    /// For QR codes: `otpauth://totp/…`, as Google Authenticator's key URI format has it.
    package let uri: String

    init(_ totp: TOTP, of user: User, issuer: String) {
        secret = totp.secret.withBytes { Base32.encode(Array($0)) }
        let host = issuer.split(separator: "/").dropFirst().first.map(String.init) ?? issuer
        let name = String(host.prefix { $0 != ":" })
        uri = """
            otpauth://totp/\(Self.encoded(name)):\(Self.encoded(user.email.text))?secret=\(secret)\
            &issuer=\(Self.encoded(name))&algorithm=SHA1&digits=\(TOTP.digitCount)&period=\(TOTP.period)
            """
    }

    /// RFC 3986 §2.1, all but the unreserved characters.
    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.append(byte)
            default: encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
