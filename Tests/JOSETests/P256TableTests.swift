import Testing

@testable import JOSE

/// The table of a key must say of every signature what libcrypto says of it without one.
@Suite("ECDSA with a table of the key's multiples", .enabled(if: tablesArePossible))
struct P256TableTests {
    private static let order = bytes(hex: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
    private static let generator = (
        x: bytes(hex: "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
        y: bytes(hex: "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
    )

    /// −G: the generator with the other y. Its own multiples are of a table that was made, and not of the built-in one.
    private static let opposite = bytes(hex: "b01cbd1c01e58065711814b583f061e9d431cca994cea1313449bf97c840ae0a")
    private static let zero = [UInt8](repeating: 0, count: 32)

    /// A key both ways.
    private struct Both {
        let table: P256Table
        let libcrypto: PreparedVerification

        init(_ x: [UInt8], _ y: [UInt8]) throws {
            table = try #require(P256Table(point: [0x04] + x + y))
            libcrypto = try PreparedVerification(KeyHandle(.p256(x: x, y: y)), .es256, makesTable: false)
        }

        init(_ key: SigningKey) throws {
            guard case .p256(let x, let y) = key.publicKey.material else { throw KeyError.notAKey }
            try self.init(x, y)
        }

        /// What both say.
        func isValid(
            _ signature: [UInt8], _ message: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
        ) -> Bool {
            let expected = libcrypto.isValid(signature, for: message[...])
            let digest = SHA256.hash(message)
            #expect(table.isValid(signature, forDigest: digest) == expected, sourceLocation: sourceLocation)
            return expected
        }
    }

    @Test("good signatures of many keys are good, and none of another key or message is")
    func good() throws {
        let other = try SigningKey.generate(.es256)
        for _ in 0..<8 {
            let key = try SigningKey.generate(.es256)
            let both = try Both(key)
            for number in UInt8(0)..<50 {
                #expect(both.isValid(try key.sign([number]), [number]))
                #expect(!both.isValid(try key.sign([number]), [number, 0]))
                #expect(!both.isValid(try other.sign([number]), [number]))
            }
        }
    }

    @Test("no signature with a bit changed is good")
    func changed() throws {
        let key = try SigningKey.generate(.es256)
        let (both, signature) = (try Both(key), try key.sign([1]))
        for bit in 0..<512 {
            var altered = signature
            altered[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!both.isValid(altered, [1]))
        }
        #expect(both.isValid(signature, [1]))
    }

    @Test("r and s at the ends of their range, and of any other length, are refused")
    func range() throws {
        let key = try SigningKey.generate(.es256)
        let (both, good) = (try Both(key), try key.sign([1]))
        let edges = [
            Self.zero, Self.zero.dropLast() + [1], Self.order, Self.order.dropLast() + [0x50],
            Self.order.dropLast() + [0x52],
            [UInt8](repeating: 0xFF, count: 32),
        ]
        for r in edges + [Array(good[..<32])] {
            for s in edges { #expect(!both.isValid(r + s, [1])) }
        }
        for s in edges { #expect(!both.isValid(good[..<32] + s, [1])) }
        for wrong in [
            [], Array(good.dropLast()), good + [0], [0] + good, good[..<32] + [0] + good[32...],
        ] { #expect(!both.isValid(wrong, [1])) }
        #expect(!both.table.isValid(good, forDigest: [1]))
    }

    /// With the private key 1 and the random number 1: r is the generator's x, and s = e + r.
    @Test("digests of zero, of the order, beyond it, and of r itself are taken as FIPS 186-5 says")
    func digests() throws {
        let table = try #require(P256Table(point: [0x04] + Self.generator.x + Self.generator.y))
        let r = Self.generator.x
        let zero = Self.zero
        let twice = bytes(hex: "d62fa3e5c258848ff179cdcac74881e4ee06fb025bd66741e942728bb131852c")
        // e = 0 and e = n: u1 is zero. e = r: both products are the same point. e = n + 1 counts as 1.
        let one = zero.dropLast() + [1]
        let next = r.dropLast() + [(r.last ?? 0) + 1]
        let cases: [(digest: [UInt8], s: [UInt8])] = [
            (zero, r), (Self.order, r), (r, twice), (Array(one), Array(next)),
            (Self.order.dropLast() + [0x52], Array(next)),
        ]
        for (digest, s) in cases {
            #expect(table.isValid(r + s, forDigest: digest))
            #expect(!table.isValid(r + s, forDigest: bytes(hex: String(repeating: "ab", count: 32))))
        }
    }

    @Test("one signature has one writing: s with n added is refused")
    func oneWriting() throws {
        // With the private key −1 and the random number 1: r is the generator's x, and s = e − r, which is 1 here.
        let table = try #require(P256Table(point: [0x04] + Self.generator.x + Self.opposite))
        let digest = Self.generator.x.dropLast() + [0x97]
        let (one, afterOrder) = (Self.zero.dropLast() + [1], Self.order.dropLast() + [0x52])
        #expect(table.isValid(Self.generator.x + one, forDigest: Array(digest)))
        #expect(!table.isValid(Self.generator.x + afterOrder, forDigest: Array(digest)))
    }

    @Test("u1·G + u2·Q at infinity is refused")
    func infinity() throws {
        let r = Self.generator.x
        // With the private key 1 the digest n − r makes the sum (e + r)/s·G = 0·G, whatever s is; with −1 it is r.
        let cases = [(Self.generator.y, Self.difference(Self.order, r)), (Self.opposite, r)]
        for (y, digest) in cases {
            let table = try #require(P256Table(point: [0x04] + r + y))
            for s in [Self.zero.dropLast() + [1], r[...]] {
                #expect(!table.isValid(r + s, forDigest: digest))
            }
        }
    }

    /// `left` − `right`, of 32 bytes each, `left` being the larger.
    private static func difference(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var (result, borrow) = (left, 0)
        for index in left.indices.reversed() {
            let digit = Int(left[index]) - Int(right[index]) - borrow
            borrow = digit < 0 ? 1 : 0
            result[index] = UInt8(truncatingIfNeeded: digit)
        }
        return result
    }

    @Test("an x beyond the order counts modulo the order, as Wycheproof has it")
    func largeX() throws {
        let both = try Both(
            bytes(hex: "0ad99500288d466940031d72a9f5445a4d43784640855bf0a69874d2de5fe103"),
            bytes(hex: "c5011e6ef2c42dcd50d5d3d29f99ae6eba2c80c9244f4c5422f0979ff0c3ba5e"))
        let signature = bytes(
            hex: "000000000000000000000000000000004319055358e8617b0c46353d039cdaab"
                + "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63254e")
        #expect(both.isValid(signature, Array("123400".utf8)))
    }

    @Test("a point off the curve, at infinity or cut short has no table")
    func points() {
        let (x, y) = Self.generator
        #expect(P256Table(point: [0x04] + x + x) == nil)
        #expect(P256Table(point: [0x04] + x + y.dropLast()) == nil)
        #expect(P256Table(point: [0x00]) == nil)
        #expect(P256Table(point: []) == nil)
    }

    @Test("a key says the same before it has a table, while it is made, and afterwards, in many tasks at once")
    func becoming() async throws {
        let key = try SigningKey.generate(.es256)
        let verification = try VerificationKey(key.publicKey)
        let (good, other) = (try key.sign([1]), try SigningKey.generate(.es256).sign([1]))
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<PreparedTable.worthwhileAfter).allSatisfy { _ in
                        verification.isValid(good, for: [1]) && !verification.isValid(other, for: [1])
                            && !verification.isValid(good, for: [2])
                    }
                }
            }
            for await allRight in group { #expect(allRight) }
        }
        #expect(verification.hasTable)
        #expect(try !VerificationKey(SigningKey.generate(.rs256).publicKey).hasTable)
    }

    @Test("a table is made at the 256th signature and kept")
    func made() throws {
        let prepared = PreparedTable(try KeyHandle(.p256(x: Self.generator.x, y: Self.opposite)))
        for _ in 1..<PreparedTable.worthwhileAfter { #expect(prepared.table == nil && !prepared.isReady) }
        let table = try #require(prepared.table)
        #expect(prepared.table === table && prepared.isReady)
        let impossible = PreparedTable(try KeyHandle(SigningKey.generate(.edDSA).publicKey.material))
        for _ in 0...PreparedTable.worthwhileAfter { #expect(impossible.table == nil) }
    }
}

/// Not with a libcrypto that is built without assembly for P-256.
private let tablesArePossible: Bool = {
    guard let key = try? SigningKey.generate(.es256), case .p256(let x, let y) = key.publicKey.material else {
        return false
    }
    return P256Table(point: [0x04] + x + y) != nil
}()
