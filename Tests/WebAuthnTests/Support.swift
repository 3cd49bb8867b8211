import JOSE
import WebAuthn

func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

func bytes(hex: some StringProtocol) -> [UInt8] {
    let digits = hex.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

extension CBORValue {
    static func number(_ value: Int) -> CBORValue {
        value < 0 ? .negative(UInt64(-1 - value)) : .unsigned(UInt64(value))
    }

    /// The one canonical writing. Entries of maps are written in the order they have.
    var encoded: [UInt8] {
        switch self {
        case .unsigned(let number): cborHead(0, number)
        case .negative(let number): cborHead(1, number)
        case .bytes(let bytes): cborHead(2, UInt64(bytes.count)) + bytes
        case .text(let text): cborHead(3, UInt64(text.utf8.count)) + Array(text.utf8)
        case .array(let elements): cborHead(4, UInt64(elements.count)) + elements.flatMap(\.encoded)
        case .map(let map):
            cborHead(5, UInt64(map.entries.count)) + map.entries.flatMap { $0.key.encoded + $0.value.encoded }
        case .bool(let value): [value ? 0xF5 : 0xF4]
        case .null: [0xF6]
        }
    }
}

func cborHead(_ majorType: UInt8, _ argument: UInt64) -> [UInt8] {
    func bytes(_ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: argument >> UInt64($0 * 8)) }
    }
    return switch argument {
    case 0..<24: [majorType << 5 | UInt8(argument)]
    case 24..<0x100: [majorType << 5 | 24] + bytes(1)
    case 0x100..<0x1_0000: [majorType << 5 | 25] + bytes(2)
    case 0x1_0000..<0x1_0000_0000: [majorType << 5 | 26] + bytes(4)
    default: [majorType << 5 | 27] + bytes(8)
    }
}

func cborMap(_ entries: (CBORValue, CBORValue)...) -> CBORValue {
    .map(CBORMap(sorted: entries.map { (key: $0.0, value: $0.1) }))
}

extension Result {
    /// The refusal, when it is one.
    var refusal: Failure? {
        if case .failure(let refusal) = self { refusal } else { nil }
    }
}

extension Registered {
    /// The names of the members in which two differ.
    func differences(from other: Registered) -> Set<String> {
        var names: Set<String> = []
        if credentialID != other.credentialID { names.insert("credentialID") }
        if userHandle != other.userHandle { names.insert("userHandle") }
        if publicKey != other.publicKey { names.insert("publicKey") }
        if signCount != other.signCount { names.insert("signCount") }
        if aaguid != other.aaguid { names.insert("aaguid") }
        if transports != other.transports { names.insert("transports") }
        if (userVerified, backupEligible, backupState) != (other.userVerified, other.backupEligible, other.backupState)
        {
            names.insert("flags")
        }
        if attestation != other.attestation { names.insert("attestation") }
        return names
    }
}
