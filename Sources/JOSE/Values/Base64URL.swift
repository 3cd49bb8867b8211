/// Base64url without padding (RFC 7515 §2, RFC 4648 §5).
public enum Base64URL {
    /// The text of `bytes`.
    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        append(bytes, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the text of `bytes`, as ASCII.
    public static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        text.reserveCapacity(text.count + (bytes.count * 4 + 2) / 3)
        let alphabet = alphabet
        var index = 0
        while index + 3 <= bytes.count {
            let group = Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
            text.append(alphabet[group >> 18])
            text.append(alphabet[group >> 12 & 63])
            text.append(alphabet[group >> 6 & 63])
            text.append(alphabet[group & 63])
            index += 3
        }
        guard index < bytes.count else { return }
        let hasSecond = index + 1 < bytes.count
        let group = Int(bytes[index]) << 16 | (hasSecond ? Int(bytes[index + 1]) << 8 : 0)
        text.append(alphabet[group >> 18])
        text.append(alphabet[group >> 12 & 63])
        if hasSecond { text.append(alphabet[group >> 6 & 63]) }
    }

    /// The bytes that `text` stands for, or `nil` when it is not the one text `encode` would have written: padding,
    /// white space, letters of other alphabets and stray trailing bits are all refused.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        decode(contiguous: Array(text.utf8)[...])
    }

    /// As `decode(_:)` above, from ASCII.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        decode(contiguous: Array(text)[...])
    }

    static func decode(contiguous text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        let values = values
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var group: UInt32 = 0
        var bits = 0
        for letter in text {
            let value = values[Int(letter)]
            guard value < 64 else { return nil }
            group = group << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            }
        }
        // RFC 4648 §3.5: the bits left over must be zero, or one value would have many texts.
        guard group & (1 << UInt32(bits) - 1) == 0 else { return nil }
        return bytes
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The value of each letter; 255 for what is no letter.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()
}
