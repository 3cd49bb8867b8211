/// An IPv4 or IPv6 address. An IPv4 address that is written as one of IPv6 (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2) is
/// the IPv4 address.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16 octets, most significant first.
    package let octets: [UInt8]

    private static let mappedPrefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]

    package init(octets: [UInt8]) {
        let isMapped = octets.count == 16 && octets.starts(with: Self.mappedPrefix)
        self.octets = isMapped ? Array(octets.suffix(4)) : octets
    }

    /// Reads an address and nothing else: no port, no brackets, no zone, no leading zeros in a decimal.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 45, let octets = bytes.contains(UInt8(ascii: ":")) ? Self.v6(bytes) : Self.v4(bytes[...])
        else { return nil }
        self.init(octets: octets)
    }

    /// As RFC 5952 has it.
    package var description: String {
        guard octets.count == 16 else { return octets.map { String($0) }.joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(octets[$0]) << 8 | UInt16(octets[$0 + 1]) }
        let words = groups.map { String($0, radix: 16) }
        guard let zeros = Self.longestZeros(groups) else { return words.joined(separator: ":") }
        return words[..<zeros.lowerBound].joined(separator: ":") + "::"
            + words[zeros.upperBound...].joined(separator: ":")
    }

    private static func v4(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let octets = parts.compactMap { part -> UInt8? in
            guard (1...3).contains(part.count), part.allSatisfy({ (0x30...0x39).contains($0) }),
                part.count == 1 || part.first != 0x30
            else { return nil }
            return UInt8(String(decoding: part, as: UTF8.self))
        }
        return octets.count == 4 ? octets : nil
    }

    private static func v6(_ bytes: [UInt8]) -> [UInt8]? {
        let text = String(decoding: bytes, as: UTF8.self)
        let halves = text.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        guard let head = groups(halves[0], isLast: halves.count == 1) else { return nil }
        guard halves.count == 2 else { return head.count == 16 ? head : nil }
        // RFC 4291 §2.2: the two colons stand for at least one group.
        guard let tail = groups(halves[1], isLast: true), head.count + tail.count <= 14 else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// The octets of groups between colons; the last two of an address may be written as one of IPv4.
    private static func groups(_ text: Substring, isLast: Bool) -> [UInt8]? {
        if text.isEmpty { return [] }
        var octets: [UInt8] = []
        let words = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, word) in words.enumerated() {
            if isLast, index == words.count - 1, word.contains("."), let four = v4(Array(word.utf8)[...]) {
                octets += four
                continue
            }
            guard (1...4).contains(word.utf8.count), word.allSatisfy({ $0.isASCII && $0.isHexDigit }),
                let group = UInt16(word, radix: 16)
            else { return nil }
            octets += [UInt8(group >> 8), UInt8(group & 0xFF)]
        }
        return octets.count <= 16 ? octets : nil
    }

    /// The first of the longest runs of two or more groups that are zero (RFC 5952 §4.2).
    private static func longestZeros(_ groups: [UInt16]) -> Range<Int>? {
        var longest = 0..<0
        var start = 0
        for (index, group) in groups.enumerated() {
            if group != 0 {
                start = index + 1
            } else if index + 1 - start > longest.count {
                longest = start..<(index + 1)
            }
        }
        return longest.count >= 2 ? longest : nil
    }
}

/// An address, or all that begin with the same bits: `10.0.0.0/8` (RFC 4632), `fd00::/8`.
package struct IPNetwork: Hashable, Sendable {
    private let address: IPAddress
    private let bits: Int

    /// Nil for anything else, also when a bit is set past the prefix (`10.0.0.1/8` is a slip of some kind), and for a
    /// network that is everyone.
    package init?(_ text: some StringProtocol) {
        let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(halves[0]) else { return nil }
        let whole = address.octets.count * 8
        var bits = whole
        if halves.count == 2 {
            // `::ffff:10.0.0.0/104` is 10.0.0.0/8 in disguise; nobody has to read it.
            guard let number = UInt8(halves[1]), halves[1] == String(number), (1...whole).contains(Int(number)),
                whole == 128 || !halves[0].contains(":")
            else { return nil }
            bits = Int(number)
        }
        (self.address, self.bits) = (address, bits)
        guard address.octets.indices.allSatisfy({ address.octets[$0] & ~mask(ofOctet: $0) == 0 }) else { return nil }
    }

    package func contains(_ other: IPAddress) -> Bool {
        guard other.octets.count == address.octets.count else { return false }
        return address.octets.indices.allSatisfy { (address.octets[$0] ^ other.octets[$0]) & mask(ofOctet: $0) == 0 }
    }

    private func mask(ofOctet index: Int) -> UInt8 {
        let left = min(8, max(0, bits - index * 8))
        return left == 0 ? 0 : UInt8.max << (8 - left)
    }
}
