import JOSE
import Testing

@Suite("Primitives")
struct PrimitiveTests {
    @Test("SHA-256 of abc is the digest of FIPS 180-4")
    func sha256() {
        #expect(
            hex(SHA256.hash(Array("abc".utf8))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(hex(SHA256.hash([])) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test("HMAC-SHA256 gives the codes of RFC 4231, call after call")
    func hmac() {
        let first = HMACSHA256(key: Secret([UInt8](repeating: 0x0b, count: 20)))
        let second = HMACSHA256(key: Secret("Jefe".utf8))
        for _ in 0..<3 {
            #expect(
                hex(first.code(for: Array("Hi There".utf8)))
                    == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
            #expect(
                hex(second.code(for: Array("what do ya want for nothing?".utf8)))
                    == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        }
        #expect(HMACSHA256(key: Secret([])).code(for: []).count == 32)
    }

    @Test("HMAC-SHA-1 gives the codes of RFC 2202")
    func hmacSHA1() {
        for (key, message, code) in [
            ([UInt8](repeating: 0x0b, count: 20), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
            (Array("Jefe".utf8), "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (
                [UInt8](repeating: 0xaa, count: 80), "Test Using Larger Than Block-Size Key - Hash Key First",
                "aa4ae5e15272d00e95705637ce8a3b55ed402112"
            ),
        ] {
            #expect(hex(HMACSHA1.code(for: Array(message.utf8), key: Secret(key))) == code)
        }
    }

    @Test("a code is valid only whole and only for its message")
    func hmacValidity() {
        let mac = HMACSHA256(key: Secret([1, 2, 3]))
        let code = mac.code(for: [7])
        #expect(mac.isValid(code, for: [7]))
        #expect(!mac.isValid(code, for: [8]))
        #expect(!mac.isValid(Array(code.dropLast()), for: [7]))
        #expect(!mac.isValid([], for: [7]))
    }

    @Test("one key serves many tasks at once")
    func hmacConcurrently() async {
        let mac = HMACSHA256(key: Secret([1, 2, 3]))
        let codes = (0..<64).map { mac.code(for: [UInt8($0)]) }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<2000).allSatisfy { mac.code(for: [UInt8($0 % 64)]) == codes[$0 % 64] }
                }
            }
            for await allEqual in group { #expect(allEqual) }
        }
    }

    @Test("HKDF gives RFC 5869 test case 3, and another key for another label")
    func hkdf() {
        let key = Secret([UInt8](repeating: 0x0b, count: 22))
        let expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
        #expect(HKDF.sha256(key, label: "", count: 42).matches(bytes(hex: expected)))
        let a = HKDF.sha256(key, label: "refresh")
        #expect(a.count == 32)
        #expect(!a.matches(HKDF.sha256(key, label: "cookies").withBytes { Array($0) }))
    }

    @Test("AES-GCM opens what it sealed, and nothing that differs by one bit")
    func aesGCM() {
        let cipher = AESGCM(key: Secret([UInt8](repeating: 7, count: 32)))
        let box = cipher.seal(Secret("attack at dawn".utf8), authenticating: [1], random: .system)
        #expect(box.count == 12 + 14 + 16)
        #expect(cipher.open(box, authenticating: [1])?.matches(Array("attack at dawn".utf8)) == true)
        #expect(cipher.open(box, authenticating: [2]) == nil)
        for index in box.indices {
            var altered = box
            altered[index] ^= 1
            #expect(cipher.open(altered, authenticating: [1]) == nil)
        }
        for count in 0..<28 { #expect(cipher.open(Array(box.prefix(count)), authenticating: [1]) == nil) }
        let empty = cipher.seal(Secret([]), authenticating: [], random: .system)
        #expect(cipher.open(empty, authenticating: [])?.count == 0)
    }

    @Test("AES-GCM gives test case 16 of the GCM specification")
    func aesGCMVector() {
        let key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
        let nonce = bytes(hex: "cafebabefacedbaddecaf888")
        let plaintext = bytes(
            hex: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")
        let box = AESGCM(key: Secret(bytes(hex: key))).seal(
            Secret(plaintext), authenticating: bytes(hex: "feedfacedeadbeeffeedfacedeadbeefabaddad2"),
            random: RandomSource { unsafe $0.copyBytes(from: nonce) })
        #expect(
            hex(box) == "cafebabefacedbaddecaf888"
                + "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                + "76fc6ece0f4e1768cddf8853bb2d551b")
    }

    @Test("constant-time comparison agrees with equality")
    func constantTime() {
        #expect(ConstantTime.equal([], []))
        #expect(ConstantTime.equal([1, 2], [1, 2]))
        #expect(!ConstantTime.equal([1, 2], [1, 3]))
        #expect(!ConstantTime.equal([1, 2], [1, 2, 3]))
        #expect(!ConstantTime.equal([], [0]))
    }

    @Test("a secret shows itself nowhere")
    func secretIsRedacted() {
        let secret = Secret("hunter2".utf8)
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), "\([secret])", dumped] {
            #expect(text.contains("<redacted>"))
            #expect(!text.contains("hunter2") && !text.contains("104"))
        }
        #expect(secret.matches(Array("hunter2".utf8)))
        #expect(!secret.matches(Array("hunter3".utf8)))
        #expect(!secret.matches([]))
    }

    @Test("random numbers stay below their limit and reach every value")
    func random() {
        let drawn = Set((0..<2000).map { _ in RandomSource.system.integer(below: 20) })
        #expect(drawn == Set(0..<20))
        #expect(RandomSource.system.integer(below: 1) == 0)
        #expect(RandomSource.system.integer(below: -3) == 0)
        #expect(RandomSource.system.bytes(32) != RandomSource.system.bytes(32))
        #expect(RandomSource.system.bytes(0).isEmpty && RandomSource.system.bytes(-1).isEmpty)
        #expect(RandomSource.system.secret(16).count == 16)
    }
}
