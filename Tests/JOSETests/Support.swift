import JOSE

func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

func bytes(hex: String) -> [UInt8] {
    let digits = hex.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// One DER element.
func der(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    switch content.count {
    case ..<0x80: [tag, UInt8(content.count)] + content
    case ..<0x100: [tag, 0x81, UInt8(content.count)] + content
    default: [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
    }
}

/// An unsigned INTEGER.
func der(number: [UInt8]) -> [UInt8] {
    der(0x02, (number.first ?? 0) >= 0x80 ? [0] + number : number)
}

/// PKCS#8 around the private key of RFC 7515 A.2.
func rsaPKCS8() -> Secret {
    let numbers = [[0]] + Vectors.rsaNumbers.map { Base64URL.decode($0) ?? [] }
    let key = der(0x30, numbers.flatMap { der(number: $0) })
    let rsaEncryption = bytes(hex: "300d06092a864886f70d0101010500")
    return Secret(der(0x30, [0x02, 0x01, 0x00] + rsaEncryption + der(0x04, key)))
}

/// PKCS#8 around the private key of RFC 8037 A.1.
func ed25519PKCS8() -> Secret {
    Secret(bytes(hex: "302e020100300506032b657004220420") + (Base64URL.decode(Vectors.edPrivate) ?? []))
}

func publicKey(_ json: String) throws -> VerificationKey {
    try VerificationKey(JSONWebKey(parsing: Array(json.utf8)))
}

/// A compact token of any header and payload, signed or not by `sign`.
func compact(_ header: String, _ payload: String = #"{"iss":"joe"}"#, sign: ([UInt8]) throws -> [UInt8]) rethrows
    -> String
{
    let input = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(payload.utf8))
    return input + "." + Base64URL.encode(try sign(Array(input.utf8)))
}
