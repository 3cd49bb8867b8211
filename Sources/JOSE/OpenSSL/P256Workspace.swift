import COpenSSL

/// The numbers and points of one verification with a ``P256Table`` at a time.
@safe
final class P256Workspace: @unchecked Sendable {
    // Sendable because it belongs to one thread while it is borrowed.
    /// Also owns the numbers below, and frees them with itself.
    let context: OpaquePointer
    private let r: OpaquePointer, s: OpaquePointer, inverse: OpaquePointer
    private let u1: OpaquePointer, u2: OpaquePointer, x: OpaquePointer, z: OpaquePointer
    /// The prime of the field.
    private let prime: OpaquePointer
    /// 2⁻⁵¹² modulo the order, and what is multiplied with it: see ``invert(_:_:_:into:)``.
    let scale: OpaquePointer, scaled: OpaquePointer
    private let sum: OpaquePointer, ofKey: OpaquePointer

    /// - Parameter curve: P-256.
    init(_ curve: OpaquePointer) {
        let numbers = unsafe LibCrypto.required(BN_CTX_new(), "numbers")
        unsafe BN_CTX_start(numbers)
        func next() -> OpaquePointer { unsafe LibCrypto.required(BN_CTX_get(numbers), "a number") }
        unsafe (r, s, inverse) = unsafe (next(), next(), next())
        unsafe (u1, u2, x, z) = unsafe (next(), next(), next(), next())
        unsafe (prime, scale, scaled) = unsafe (next(), next(), next())
        unsafe context = unsafe numbers
        unsafe sum = unsafe LibCrypto.required(EC_POINT_new(curve), "a point")
        unsafe ofKey = unsafe LibCrypto.required(EC_POINT_new(curve), "a point")
        unsafe LibCrypto.require(EC_GROUP_get_curve(curve, prime, nil, nil, context), "the prime of P-256")
        unsafe LibCrypto.require(BN_set_bit(scale, 512), "a power of two")
        _ = unsafe LibCrypto.required(
            BN_mod_inverse(scale, scale, EC_GROUP_get0_order(curve), context), "an inverse of a power of two")
    }

    deinit {
        unsafe EC_POINT_free(sum)
        unsafe EC_POINT_free(ofKey)
        unsafe BN_CTX_free(context)
    }

    /// FIPS 186-5 §6.4.2, by its numbers. Every call answers 1 or a pointer when it worked.
    func isValid(
        _ signature: [UInt8], _ digest: [UInt8], _ curve: OpaquePointer, _ multiples: OpaquePointer
    ) -> Bool {
        guard let order = unsafe EC_GROUP_get0_order(curve) else { return false }
        // 1. r and s are from 1 to n − 1.
        guard unsafe read(signature[..<32], into: r), unsafe read(signature[32...], into: s),
            unsafe BN_is_zero(r) == 0, unsafe BN_is_zero(s) == 0, unsafe BN_cmp(r, order) < 0,
            unsafe BN_cmp(s, order) < 0
        else { return false }
        // 2 to 4. The digest is as long as the order, so all of it counts; u1 = e/s, u2 = r/s.
        guard unsafe invert(s, signature[32...], order, into: inverse), unsafe read(digest[...], into: x),
            unsafe BN_mod_mul(u1, x, inverse, order, context) == 1,
            unsafe BN_mod_mul(u2, r, inverse, order, context) == 1
        else { return false }
        // 5. R = u1·G + u2·Q is not the point at infinity.
        guard unsafe EC_POINT_mul(curve, sum, u1, nil, nil, context) == 1,
            unsafe EC_POINT_mul(multiples, ofKey, u2, nil, nil, context) == 1,
            unsafe EC_POINT_add(curve, sum, sum, ofKey, context) == 1, unsafe EC_POINT_is_at_infinity(curve, sum) == 0
        else { return false }
        // 6 and 7. Its x, modulo n, is r.
        return unsafe isOfSum(r, curve) || (BN_add(r, r, order) == 1 && BN_cmp(r, prime) < 0 && isOfSum(r, curve))
    }

    /// Whether the number, less than the prime, is the x of the sum. libcrypto holds a point as (X, Y, Z) with x = X/Z²
    /// until it is asked for x; to compare X with x·Z² spares it the division.
    private func isOfSum(_ number: OpaquePointer, _ curve: OpaquePointer) -> Bool {
        unsafe latchkey_jacobian(curve, sum, x, z, context) == 1 && BN_mod_sqr(z, z, prime, context) == 1
            && BN_mod_mul(z, z, number, prime, context) == 1 && BN_cmp(x, z) == 0
    }

    func read(_ bytes: ArraySlice<UInt8>, into number: OpaquePointer) -> Bool {
        unsafe bytes.withUnsafeBufferPointer { unsafe BN_bin2bn($0.baseAddress, Int32($0.count), number) != nil }
    }
}
