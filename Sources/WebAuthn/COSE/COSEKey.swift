import JOSE

/// The members of a COSE_Key, read strictly: those that the type and algorithm need, and no other (WebAuthn §6.5.1).
struct COSEKey {
    /// `kty` (RFC 9052 §7.1).
    static let keyType: Int64 = 1
    /// `alg` (RFC 9052 §7.1).
    static let algorithm: Int64 = 3

    private let members: CBORMap

    init(_ members: CBORMap) {
        self.members = members
    }

    func material(for algorithm: COSEAlgorithmIdentifier) throws(COSEKeyError) -> JSONWebKey.Material {
        switch algorithm {
        case .es256: try p256()
        case .edDSA: try ed25519()
        case .rs256: try rsa()
        }
    }

    /// EC2 (2) with `crv` P-256 (1), `x` and `y` (RFC 9053 §7.1.1). A compressed point, whose `y` is a Boolean, is
    /// refused, as WebAuthn §5.8.5 asks.
    private func p256() throws(COSEKeyError) -> JSONWebKey.Material {
        try type(2, curve: 1)
        try only([Self.keyType, Self.algorithm, -1, -2, -3])
        return .p256(x: try bytes(-2, count: 32), y: try bytes(-3, count: 32))
    }

    /// OKP (1) with `crv` Ed25519 (6) and `x` (RFC 9053 §7.2).
    private func ed25519() throws(COSEKeyError) -> JSONWebKey.Material {
        try type(1, curve: 6)
        try only([Self.keyType, Self.algorithm, -1, -2])
        return .ed25519(x: try bytes(-2, count: 32))
    }

    /// RSA (3) with `n` and `e` (RFC 8230 §4).
    private func rsa() throws(COSEKeyError) -> JSONWebKey.Material {
        try type(3, curve: nil)
        try only([Self.keyType, Self.algorithm, -1, -2])
        let (modulus, exponent) = (try number(-1), try number(-2))
        guard (2048...4096).contains(Self.bits(modulus)), (17...32).contains(Self.bits(exponent)),
            // FIPS 186-5 §5.1: an odd exponent above 2^16. 65537 is what all have.
            (exponent.last ?? 0) & 1 == 1
        else { throw .unacceptableSize }
        return .rsa(modulus: modulus, exponent: exponent)
    }

    private func type(_ type: Int64, curve: Int64?) throws(COSEKeyError) {
        guard members[Self.keyType]?.integer == type else { throw .mismatchedType }
        guard let curve else { return }
        guard members[-1]?.integer == curve else { throw .mismatchedType }
    }

    private func only(_ numbers: Set<Int64>) throws(COSEKeyError) {
        guard members.hasOnly(numbers) else { throw .invalidMembers }
    }

    private func bytes(_ member: Int64, count: Int) throws(COSEKeyError) -> [UInt8] {
        guard let bytes = members[member]?.bytes, bytes.count == count else { throw .invalidMembers }
        return bytes
    }

    /// A number in as few bytes as it takes (RFC 8230 §4).
    private func number(_ member: Int64) throws(COSEKeyError) -> [UInt8] {
        guard let bytes = members[member]?.bytes, let first = bytes.first, first != 0 else { throw .invalidMembers }
        return bytes
    }

    private static func bits(_ number: [UInt8]) -> Int {
        number.count * 8 - (number.first?.leadingZeroBitCount ?? 0)
    }
}
