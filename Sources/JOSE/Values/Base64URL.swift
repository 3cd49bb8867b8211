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
    public static func decode(_ text: [UInt8]) -> [UInt8]? { decode(contiguous: text[...]) }

    /// As `decode(_:)` above, from ASCII.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        decode(contiguous: Array(text)[...])
    }

    static func decode(contiguous text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        let (values, letters) = (values, text.span)
        var bytes = [UInt8](repeating: 0, count: letters.count * 3 / 4)
        var output = bytes.mutableSpan
        var (read, written) = (0, 0)
        func value(_ offset: Int) -> UInt32 { UInt32(values[Int(letters[read + offset])]) }
        while read + 4 <= letters.count {
            let (first, second, third, fourth) = (value(0), value(1), value(2), value(3))
            guard first | second | third | fourth < 64 else { return nil }
            output[written] = UInt8(truncatingIfNeeded: first << 2 | second >> 4)
            output[written + 1] = UInt8(truncatingIfNeeded: second << 4 | third >> 2)
            output[written + 2] = UInt8(truncatingIfNeeded: third << 6 | fourth)
            read += 4
            written += 3
        }
        guard read < letters.count else { return bytes }
        let (first, second, third) = (value(0), value(1), read + 2 < letters.count ? value(2) : 0)
        guard first | second | third < 64 else { return nil }
        output[written] = UInt8(truncatingIfNeeded: first << 2 | second >> 4)
        // RFC 4648 §3.5: the bits left over must be zero, or one value would have many texts.
        guard read + 2 < letters.count else { return second & 15 == 0 ? bytes : nil }
        output[written + 1] = UInt8(truncatingIfNeeded: second << 4 | third >> 2)
        return third & 3 == 0 ? bytes : nil
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The value of each letter; 255 for what is no letter.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()
}
