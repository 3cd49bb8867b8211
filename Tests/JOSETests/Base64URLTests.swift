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

    @Test("one letter that is none is found wherever it stands, whatever the length", arguments: 1..<24)
    func oneWrongLetter(count: Int) {
        let text = Array(Base64URL.encode(RandomSource.system.bytes(count)).utf8)
        for place in text.indices {
            for wrong in "=+/ \n\0\u{7F}".utf8 {
                var altered = text
                altered[place] = wrong
                #expect(Base64URL.decode(altered) == nil)
            }
        }
    }

    @Test("of the texts of a length, as many are read as there are bytes", arguments: [2, 3])
    func oneSpelling(count: Int) {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var read: Set<[UInt8]> = []
        for first in alphabet {
            for last in alphabet {
                let text = count == 2 ? [first, last] : [UInt8(ascii: "A"), first, last]
                guard let bytes = Base64URL.decode(text) else { continue }
                #expect(Base64URL.encode(bytes).utf8.elementsEqual(text))
                #expect(read.insert(bytes).inserted)
            }
        }
        // Two letters are one byte of 256; after an A, three are two bytes of which six bits are zero.
        #expect(read.count == (count == 2 ? 256 : 1_024))
    }
}
