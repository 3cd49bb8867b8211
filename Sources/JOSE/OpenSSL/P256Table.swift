import COpenSSL
import Synchronization

/// ECDSA over P-256 with one public key that verifies much (FIPS 186-5 §6.4.2).
///
/// To verify is to work out u1·G + u2·Q. Of the generator G libcrypto has a table of multiples built in; those of the
/// public key Q it works out anew for each signature, which is most of its time. A key that signs every token of an
/// issuer is worth a table of its own, and libcrypto makes one of whatever point is the generator of a group. So all
/// arithmetic is libcrypto's, and here is the equation alone. Nothing in it is secret: key, digest and signature are
/// known to whoever sent the token, so nothing has to take the same time for all values.
///
/// Where libcrypto has no table of G (built without assembly for P-256), its general code would take longer with one of Q
/// than without: there none is made.
@safe
final class P256Table: @unchecked Sendable {
    // Sendable because both groups are only read once this is made, and a workspace is used by one thread at a time.
    private let curve: OpaquePointer
    /// The curve with Q as its generator, and the table.
    private let multiples: OpaquePointer
    private let idle = Mutex<[P256Workspace]>([])

    /// No more than this many stay ready; a burst beyond it makes its own.
    private static let mostIdle = 32

    /// Makes the table, some 150 KB in some 20 ms.
    ///
    /// - Parameter point: a point that has been checked to be on the curve, as SEC 1 §2.3.3 writes it.
    /// - Returns: nil when this libcrypto has no table of the generator either, or the point is none.
    init?(point: [UInt8]) {
        guard let curve = unsafe EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1) else { return nil }
        guard let multiples = unsafe EC_GROUP_dup(curve) else {
            unsafe EC_GROUP_free(curve)
            return nil
        }
        unsafe (self.curve, self.multiples) = unsafe (curve, multiples)
        guard let key = unsafe EC_POINT_new(curve) else { return nil }
        defer { unsafe EC_POINT_free(key) }
        guard unsafe latchkey_has_table(curve) == 1,
            unsafe EC_POINT_oct2point(curve, key, point, point.count, nil) == 1,
            unsafe EC_POINT_is_at_infinity(curve, key) == 0,
            unsafe EC_GROUP_set_generator(multiples, key, EC_GROUP_get0_order(curve), BN_value_one()) == 1,
            unsafe latchkey_make_table(multiples) == 1, unsafe latchkey_has_table(multiples) == 1
        else { return nil }
    }

    deinit {
        unsafe EC_GROUP_free(multiples)
        unsafe EC_GROUP_free(curve)
    }

    /// Whether `signature` is the key's for a message of this digest.
    ///
    /// - Parameters:
    ///   - signature: r‖s, of 64 bytes (RFC 7518 §3.4).
    ///   - digest: SHA-256, of 32 bytes.
    func isValid(_ signature: [UInt8], forDigest digest: [UInt8]) -> Bool {
        guard signature.count == 64, digest.count == 32 else { return false }
        let workspace = unsafe idle.withLock { $0.popLast() } ?? P256Workspace(curve)
        let valid = unsafe workspace.isValid(signature, digest, curve, multiples)
        idle.withLock { if $0.count < Self.mostIdle { $0.append(workspace) } }
        if !valid { ERR_clear_error() }
        return valid
    }
}
