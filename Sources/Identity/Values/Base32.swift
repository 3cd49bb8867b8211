/// Base32 without padding (RFC 4648 §6): the spelling of secrets for authenticator apps.
enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var (group, bits) = (UInt32(0), UInt32(0))
        for byte in bytes {
            group = (group << 8 | UInt32(byte)) & 0xFFF
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[Int(group >> bits & 31)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(group << (5 - bits) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
