/// The "almost inverse" of a number modulo another (Kaliski, IEEE Transactions on Computers 44, 1995): the inverse times a
/// power of two, found with subtractions and shifts alone.
///
/// How long it takes depends on the number, so it is for numbers that nobody keeps secret.
struct AlmostInverse {
    /// Less than the modulus or the same.
    let value: UInt256
    /// Whether it is the negative of what is sought.
    let isNegative: Bool
    /// `value` is the inverse times two to the power of this, which is at most 512.
    let shift: Int

    /// - Parameters:
    ///   - number: from 1 to `modulus` − 1.
    ///   - modulus: odd.
    /// - Returns: nil when the two have a common divisor or are not as said.
    init?(of number: UInt256, modulo modulus: UInt256) {
        guard !number.isZero, number < modulus, modulus.isOdd else { return nil }
        // At each step number·b ≡ ±y·2^shift and number·a ≡ ∓x·2^shift (mod modulus), and x·b + y·a = modulus: so a and b
        // stay below it.
        var (x, y) = (modulus, number)
        var (a, b) = (UInt256.zero, UInt256.one)
        var (isNegative, shift) = (true, 0)
        repeat {
            while !y.isOdd {
                let zeros = y.trailingZeros
                y.shiftRight(by: zeros)
                a.shiftLeft(by: zeros)
                shift += zeros
            }
            // y −= x and b += a, after both pairs have changed places where y was the smaller. No branch: it would be guessed
            // wrong every other time, which takes longer than all the rest.
            let isSmaller = y.subtract(x)
            x.add(y, where: isSmaller)
            y.negate(where: isSmaller)
            a.exchange(with: &b, where: isSmaller)
            b.add(a)
            isNegative = isNegative != isSmaller
        } while !y.isZero
        guard x == .one else { return nil }
        (value, self.isNegative, self.shift) = (a, isNegative, shift)
    }
}
