/// Numbers that a seed decides (SplitMix64), so that a failure can be had again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// Spoils bytes in the ways that find the holes of parsers.
struct Mutator {
    var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    /// Heads of CBOR items that ask for something special: lengths at their limits, indefinite ones, tags, floats.
    private static let heads: [[UInt8]] = [
        [0x5B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x9B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        [0xBB, 0x80, 0, 0, 0, 0, 0, 0, 0], [0x5A, 0x7F, 0xFF, 0xFF, 0xFF], [0x59, 0xFF, 0xFF], [0x5F], [0x7F], [0x9F],
        [0xBF], [0xFF], [0xC0], [0xDB, 0, 0, 0, 0, 0, 0, 0, 1], [0xF9, 0x7E, 0], [0xFB, 0, 0, 0, 0, 0, 0, 0, 0], [0xF7],
        [0xF8, 0x20], [0x18, 0x01], [0x78, 0x01], [0xA0], [0x80], [0x40], [0x60], [0x20],
        [0x3B, 255, 255, 255, 255, 255, 255, 255, 255],
    ]

    mutating func number(below limit: Int) -> Int {
        limit > 0 ? Int.random(in: 0..<limit, using: &generator) : 0
    }

    mutating func element<T>(of elements: [T]) -> T {
        elements[number(below: elements.count)]
    }

    /// `bytes` changed from one to four times. `other` is spliced in now and then.
    mutating func mutate(_ bytes: [UInt8], with other: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...number(below: 4) { bytes = mutateOnce(bytes, with: other) }
        return bytes
    }

    private mutating func mutateOnce(_ bytes: [UInt8], with other: [UInt8]) -> [UInt8] {
        var bytes = bytes
        let position = number(below: bytes.count)
        let end = min(bytes.count, position + 1 + number(below: 16))
        switch number(below: 10) {
        case 0 where !bytes.isEmpty: bytes[position] ^= 1 << UInt8(number(below: 8))
        case 1 where !bytes.isEmpty: bytes[position] = UInt8(number(below: 256))
        case 2: bytes = Array(bytes[..<position])
        case 3: bytes += (0...number(below: 40)).map { _ in UInt8(number(below: 256)) }
        case 4: bytes = Array(bytes[..<position]) + other[number(below: other.count)...]
        case 5: bytes.insert(contentsOf: bytes[position..<end], at: position)
        case 6: bytes.removeSubrange(position..<end)
        case 7: bytes.insert(contentsOf: element(of: Self.heads), at: position)
        case 8:
            let head = element(of: Self.heads)
            bytes.replaceSubrange(position..<min(bytes.count, position + head.count), with: head)
        default:
            let head: UInt8 = element(of: [0x81, 0x82, 0x9F, 0xA1])
            bytes.insert(
                contentsOf: [UInt8](repeating: head, count: element(of: [1, 3, 5, 100, 20_000])), at: position)
        }
        return bytes
    }
}
