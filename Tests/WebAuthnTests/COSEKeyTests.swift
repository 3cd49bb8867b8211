import JOSE
import Testing
import WebAuthn

@Suite("COSE keys")
struct COSEKeyTests {
    private typealias Members = [(CBORValue, CBORValue)]

    /// Made once, because it takes long.
    private static let rsaKey = Result { try TestAuthenticator(.rs256).coseKey }

    private func read(_ members: Members) throws -> CredentialPublicKey {
        try CredentialPublicKey(
            encoded: CBORValue.map(CBORMap(sorted: members.map { (key: $0.0, value: $0.1) })).encoded)
    }

    /// The members of a good key, with the value under `number` replaced, or taken out by nil.
    private func members(_ algorithm: SignatureAlgorithm, _ number: Int? = nil, _ value: CBORValue? = nil) throws
        -> Members
    {
        let key = try algorithm == .rs256 ? Self.rsaKey.get() : TestAuthenticator(algorithm).coseKey
        return (key.map?.entries ?? []).compactMap { entry in
            guard entry.key == number.map({ CBORValue.number($0) }) else { return (entry.key, entry.value) }
            return value.map { (entry.key, $0) }
        }
    }

    @Test("a key of each algorithm is read, and is the same for JOSE", arguments: COSEAlgorithmIdentifier.allCases)
    func good(algorithm: COSEAlgorithmIdentifier) throws {
        let authenticator = try TestAuthenticator(algorithm.signatureAlgorithm)
        let key = try CredentialPublicKey(encoded: authenticator.coseKey.encoded)
        #expect(key.algorithm == algorithm)
        #expect(key.key.thumbprint == authenticator.key.publicKey.thumbprint)
        #expect(key.encoded == authenticator.coseKey.encoded)
    }

    @Test("the registered numbers are those of RFC 9053 and RFC 8812, and no others are known")
    func numbers() {
        #expect(COSEAlgorithmIdentifier.allCases.map(\.rawValue) == [-7, -8, -257])
    }

    @Test("a key without an algorithm, or of one that is not spoken here, is refused")
    func algorithms() throws {
        for number in [-35, -36, -37, -47, -53, -65535, -9, -19, 0, 5, 7] {
            #expect(throws: COSEKeyError.unsupportedAlgorithm) { try read(members(.es256, 3, .number(number))) }
        }
        #expect(throws: COSEKeyError.unsupportedAlgorithm) { try read(members(.es256, 3, nil)) }
        #expect(throws: COSEKeyError.unsupportedAlgorithm) { try read(members(.es256, 3, .text("ES256"))) }
        #expect(throws: COSEKeyError.unsupportedAlgorithm) { try read(members(.es256, 3, .negative(.max))) }
    }

    @Test("a type or curve that is not the algorithm's is refused")
    func types() throws {
        for (algorithm, type) in [(SignatureAlgorithm.es256, 2), (.edDSA, 1), (.rs256, 3)] {
            for other in [1, 2, 3, 4] where other != type {
                #expect(throws: COSEKeyError.mismatchedType) { try read(members(algorithm, 1, .number(other))) }
            }
            #expect(throws: COSEKeyError.mismatchedType) { try read(members(algorithm, 1, nil)) }
            #expect(throws: COSEKeyError.mismatchedType) { try read(members(algorithm, 1, .text("EC"))) }
        }
        for curve in [2, 3, 6, 8] {
            #expect(throws: COSEKeyError.mismatchedType) { try read(members(.es256, -1, .number(curve))) }
        }
        for curve in [1, 4, 5, 7] {
            #expect(throws: COSEKeyError.mismatchedType) { try read(members(.edDSA, -1, .number(curve))) }
        }
        // A key of one algorithm under the number of another.
        for (algorithm, number) in [(SignatureAlgorithm.es256, -8), (.es256, -257), (.edDSA, -7), (.rs256, -7)] {
            #expect(throws: COSEKeyError.mismatchedType) { try read(members(algorithm, 3, .number(number))) }
        }
    }

    @Test("a member too few, too many or of the wrong type or length is refused")
    func wrongMembers() throws {
        for (algorithm, numbers) in [(SignatureAlgorithm.es256, [-2, -3]), (.edDSA, [-2]), (.rs256, [-1, -2])] {
            for number in numbers {
                #expect(throws: COSEKeyError.invalidMembers) { try read(members(algorithm, number, nil)) }
                for value in [
                    CBORValue.bytes([]), .bytes([0] + [UInt8](repeating: 1, count: 32)), .text("x"), .bool(true),
                ] {
                    #expect(throws: COSEKeyError.invalidMembers) { try read(members(algorithm, number, value)) }
                }
            }
            // A private part, a key id, a base IV
            for (number, place) in [(-4, 99), (2, 1), (4, 2), (5, 2)] {
                var more = try members(algorithm)
                more.insert((.number(number), .bytes([1])), at: min(place, more.count))
                #expect(throws: COSEKeyError.invalidMembers) { try read(more) }
            }
        }
    }

    @Test("a point off the curve is refused, and so are zeros")
    func notOnCurve() throws {
        let zero = CBORValue.bytes([UInt8](repeating: 0, count: 32))
        let ones = CBORValue.bytes([UInt8](repeating: 0xFF, count: 32))
        for (number, value) in [(-2, zero), (-3, zero), (-2, ones), (-3, ones)] {
            #expect(throws: COSEKeyError.notAKey) { try read(members(.es256, number, value)) }
        }
    }

    @Test("RSA below 2048 or above 4096 bits, with a leading zero or with a bad exponent, is refused")
    func rsa() throws {
        func modulus(_ bits: Int) -> CBORValue {
            var bytes = RandomSource.system.bytes(bits / 8)
            (bytes[0], bytes[bits / 8 - 1]) = (0x80, 0xEF)
            return .bytes(bytes)
        }
        for bits in [512, 1024, 2040, 4104, 8192] {
            #expect(throws: COSEKeyError.unacceptableSize) { try read(members(.rs256, -1, modulus(bits))) }
        }
        for exponent in [[1], [3], [0xFF, 0xFF], [1, 0, 0], [1, 0, 2], [1, 0, 0, 0, 1], [2, 0, 0, 0, 1]] as [[UInt8]] {
            #expect(throws: COSEKeyError.unacceptableSize) { try read(members(.rs256, -2, .bytes(exponent))) }
        }
        #expect(throws: COSEKeyError.invalidMembers) { try read(members(.rs256, -2, .bytes([0, 1, 0, 1]))) }
        #expect(throws: COSEKeyError.notAKey) {
            try read(members(.rs256, -1, .bytes([0x80] + [UInt8](repeating: 0, count: 255))))
        }
    }

    @Test("a member that stands twice, bytes after the key and what is no map are refused")
    func malformed() throws {
        let good = try TestAuthenticator().coseKey.encoded
        var twice = good
        twice[0] += 1
        for bytes in [[], good + [0], twice + [0x22, 0x00], Array(good.dropLast()), [0x80], [0x01], [0xA0, 0xA0]] {
            #expect(throws: COSEKeyError.malformed) { try CredentialPublicKey(encoded: bytes) }
        }
        #expect(throws: COSEKeyError.unsupportedAlgorithm) { try CredentialPublicKey(encoded: [0xA0]) }
    }
}
