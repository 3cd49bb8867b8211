import JOSE
import Testing

@Suite("Base64URL")
struct Base64URLTests {
    @Test(
        "RFC 4648 §10 and RFC 7515 appendix C",
        arguments: [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"), ("\u{3}\u{1D}", "Ax0"),
        ])
    func vectors(plain: String, text: String) {
        #expect(Base64URL.encode(Array(plain.utf8)) == text)
        #expect(Base64URL.decode(text) == Array(plain.utf8))
    }

    @Test("bytes of every length come back")
    func roundTrip() {
        for count in 0..<100 {
            let bytes = RandomSource.system.bytes(count)
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
        #expect(Base64URL.encode([3, 236, 255, 224, 193]) == "A-z_4ME")
    }

    @Test(
        "padding, white space, other alphabets, stray bits and impossible lengths are refused",
        arguments: [
            "Zg==", "Zg=", "Zm9v ", " Zm9v", "Zm\n9v", "A+z/", "Zh", "Zm9", "Zm9vYh", "A", "Zm9vY", "Zm9\0", "Zmé",
        ])
    func refused(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }
}
