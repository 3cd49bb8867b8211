/// A number of 256 bits, with what ``AlmostInverse`` asks of it: sums and differences are modulo 2²⁵⁶, and what is done
/// under a condition is done without a branch.
struct UInt256: Equatable {
    private var low: UInt128
    private var high: UInt128

    static let zero = UInt256(low: 0, high: 0)
    static let one = UInt256(low: 1, high: 0)

    private init(low: UInt128, high: UInt128) {
        (self.low, self.high) = (low, high)
    }

    /// Of 32 bytes, the most significant first; nil for another number of them.
    init?(bigEndian bytes: ArraySlice<UInt8>) {
        guard bytes.count == 32 else { return nil }
        func number(_ bytes: ArraySlice<UInt8>) -> UInt128 { bytes.reduce(0) { $0 << 8 | UInt128($1) } }
        self.init(low: number(bytes.suffix(16)), high: number(bytes.prefix(16)))
    }

    /// As 32 bytes, the most significant first.
    var bigEndianBytes: [UInt8] {
        [high, low].flatMap { half in (0..<16).map { UInt8(truncatingIfNeeded: half >> (120 - 8 * $0)) } }
    }

    var isZero: Bool { low | high == 0 }
    var isOdd: Bool { low & 1 == 1 }

    /// By how many bits it can be shifted to the right without a loss, at most 127.
    var trailingZeros: Int { min(low.trailingZeroBitCount, 127) }

    static func < (left: UInt256, right: UInt256) -> Bool {
        var difference = left
        return difference.subtract(right)
    }

    /// - Returns: whether it went below zero.
    mutating func subtract(_ other: UInt256) -> Bool {
        let (low, borrow) = low.subtractingReportingOverflow(other.low)
        let (difference, isBelow) = high.subtractingReportingOverflow(other.high)
        let (high, isBelowByOne) = difference.subtractingReportingOverflow(borrow ? 1 : 0)
        (self.low, self.high) = (low, high)
        return isBelow != isBelowByOne
    }

    mutating func add(_ other: UInt256, where condition: Bool = true) {
        let mask = Self.mask(condition)
        let (sum, carry) = low.addingReportingOverflow(other.low & mask)
        (low, high) = (sum, high &+ (other.high & mask) &+ (carry ? 1 : 0))
    }

    mutating func negate(where condition: Bool) {
        let mask = Self.mask(condition)
        let (sum, carry) = (low ^ mask).addingReportingOverflow(condition ? 1 : 0)
        (low, high) = (sum, (high ^ mask) &+ (carry ? 1 : 0))
    }

    mutating func exchange(with other: inout UInt256, where condition: Bool) {
        let mask = Self.mask(condition)
        let (lowDifference, highDifference) = ((low ^ other.low) & mask, (high ^ other.high) & mask)
        (low, high) = (low ^ lowDifference, high ^ highDifference)
        (other.low, other.high) = (other.low ^ lowDifference, other.high ^ highDifference)
    }

    /// - Parameter bits: from 1 to 127.
    mutating func shiftRight(by bits: Int) {
        (low, high) = (low &>> bits | high &<< (128 - bits), high &>> bits)
    }

    /// - Parameter bits: from 1 to 127.
    mutating func shiftLeft(by bits: Int) {
        (low, high) = (low &<< bits, high &<< bits | low &>> (128 - bits))
    }

    private static func mask(_ condition: Bool) -> UInt128 { 0 &- (condition ? 1 : 0) }
}
