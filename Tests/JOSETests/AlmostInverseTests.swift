import Testing

@testable import JOSE

@Suite("Almost inverse")
struct AlmostInverseTests {
    private static let order = bytes(hex: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")

    @Test(
        "modulo every odd number up to 201: the number times its almost inverse is the power of two, where one exists")
    func small() throws {
        for modulus in stride(from: 3, through: 201, by: 2) {
            for number in 1..<modulus {
                let found = AlmostInverse(of: try Self.number(number), modulo: try Self.number(modulus))
                guard Self.greatestCommonDivisor(number, modulus) == 1 else {
                    #expect(found == nil, "\(number) and \(modulus) have a common divisor")
                    continue
                }
                let inverse = try #require(found, "\(number) modulo \(modulus)")
                let value = Int(inverse.value.bigEndianBytes[31])
                let power = (0..<inverse.shift).reduce(1) { power, _ in power * 2 % modulus }
                let product = number * value % modulus
                #expect((inverse.isNegative ? modulus - product : product) == power, "\(number) modulo \(modulus)")
            }
        }
    }

    @Test("modulo the order of P-256, of both ends of its range, of powers of two and of any number")
    func order() throws {
        let order = try #require(UInt256(bigEndian: Self.order[...]))
        var numbers = [[UInt8](repeating: 0, count: 31) + [1], Self.order.dropLast() + [0x50]]
        for bit in 0..<255 {
            var power = [UInt8](repeating: 0, count: 32)
            power[31 - bit / 8] = 1 << UInt8(bit % 8)
            numbers.append(power)
        }
        for _ in 0..<500 { numbers.append((0..<32).map { _ in UInt8.random(in: 0...254) }) }
        for bytes in numbers {
            let number = try #require(UInt256(bigEndian: bytes[...]))
            let inverse = try #require(AlmostInverse(of: number, modulo: order))
            #expect((0...512).contains(inverse.shift))
            var power = UInt256.one
            for _ in 0..<inverse.shift { power = Self.sum(power, power, order) }
            var product = Self.product(number, inverse.value, order)
            if inverse.isNegative { product = Self.difference(order, product) }
            #expect(product == power, "\(bytes)")
        }
    }

    @Test("zero, the modulus and what is beyond it, and an even modulus have none")
    func none() throws {
        let order = try #require(UInt256(bigEndian: Self.order[...]))
        let beyond = try #require(UInt256(bigEndian: [UInt8](repeating: 0xFF, count: 32)[...]))
        #expect(AlmostInverse(of: .zero, modulo: order) == nil)
        #expect(AlmostInverse(of: order, modulo: order) == nil)
        #expect(AlmostInverse(of: beyond, modulo: order) == nil)
        #expect(AlmostInverse(of: try Self.number(3), modulo: try Self.number(8)) == nil)
        #expect(UInt256(bigEndian: Self.order.dropLast()) == nil)
    }

    @Test("a number of 256 bits is read and written the same, and counts across its halves")
    func words() throws {
        let bytes = (0..<32).map { UInt8($0 * 7) }
        #expect(UInt256(bigEndian: bytes[...])?.bigEndianBytes == bytes)
        let half = [UInt8](repeating: 0, count: 15) + [1] + [UInt8](repeating: 0, count: 16)
        var number = try #require(UInt256(bigEndian: half[...]))
        var isBelow = number.subtract(.one)
        #expect(!isBelow)
        #expect(number.bigEndianBytes == [UInt8](repeating: 0, count: 16) + [UInt8](repeating: 0xFF, count: 16))
        number.add(.one)
        #expect(number.bigEndianBytes == half)
        number.shiftRight(by: 1)
        #expect(number.bigEndianBytes[16] == 0x80)
        number.shiftLeft(by: 1)
        #expect(number.bigEndianBytes == half)
        isBelow = number.subtract(try #require(UInt256(bigEndian: Self.order[...])))
        #expect(isBelow)
        #expect(number.bigEndianBytes[0] == 0x00, "2²⁵⁶ + 2¹²⁸ − n")
    }

    private static func number(_ small: Int) throws -> UInt256 {
        try #require(UInt256(bigEndian: [UInt8](repeating: 0, count: 31) + [UInt8(small)]))
    }

    private static func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int {
        right == 0 ? left : greatestCommonDivisor(right, left % right)
    }

    /// By doubling and adding, bit after bit.
    private static func product(_ left: UInt256, _ right: UInt256, _ modulus: UInt256) -> UInt256 {
        var product = UInt256.zero
        for byte in right.bigEndianBytes {
            for bit in (0..<8).reversed() {
                product = sum(product, product, modulus)
                if byte >> UInt8(bit) & 1 == 1 { product = sum(product, left, modulus) }
            }
        }
        return product
    }

    private static func sum(_ left: UInt256, _ right: UInt256, _ modulus: UInt256) -> UInt256 {
        var sum = left
        if sum.subtract(difference(modulus, right)) { sum.add(modulus) }
        return sum
    }

    private static func difference(_ left: UInt256, _ right: UInt256) -> UInt256 {
        var difference = left
        _ = difference.subtract(right)
        return difference
    }
}
