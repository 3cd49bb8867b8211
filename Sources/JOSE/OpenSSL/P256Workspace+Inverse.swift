import COpenSSL

extension P256Workspace {
    private static let order = UInt256(bigEndian: ECDSASignature.order[...])

    /// The inverse of `s` modulo the order.
    ///
    /// libcrypto's own verification has a quick way to it that it does not lend; `BN_mod_inverse` takes as long as one of the
    /// two products of points. So it is found by ``AlmostInverse``, and libcrypto proves it: it multiplies it with `s` and
    /// looks for a 1. Nobody has to trust our arithmetic; what it had wrong, libcrypto would work out itself.
    ///
    /// - Parameters:
    ///   - s: from 1 to the order − 1, and `bytes` the same.
    ///   - inverse: is set to it.
    func invert(
        _ s: OpaquePointer, _ bytes: ArraySlice<UInt8>, _ order: OpaquePointer, into inverse: OpaquePointer
    ) -> Bool {
        if unsafe find(bytes, order, into: inverse), unsafe BN_mod_mul(scaled, s, inverse, order, context) == 1,
            unsafe BN_is_one(scaled) == 1
        {
            return true
        }
        return unsafe BN_mod_inverse(inverse, s, order, context) != nil
    }

    private func find(_ bytes: ArraySlice<UInt8>, _ order: OpaquePointer, into inverse: OpaquePointer) -> Bool {
        guard let modulus = Self.order, let number = UInt256(bigEndian: bytes),
            let found = AlmostInverse(of: number, modulo: modulus)
        else { return false }
        // value / 2^shift = value · 2^(512 − shift) · 2⁻⁵¹².
        guard unsafe read(found.value.bigEndianBytes[...], into: scaled),
            unsafe BN_lshift(scaled, scaled, Int32(512 - found.shift)) == 1,
            unsafe BN_mod_mul(inverse, scaled, scale, order, context) == 1
        else { return false }
        return unsafe !found.isNegative || BN_sub(inverse, order, inverse) == 1
    }
}
