import JOSE
import Testing

@testable import Identity

@Suite("An API token's text")
struct APITokenSecretTests {
    private func drawn(_ id: Int64 = Int64(RandomSource.system.uint64() >> 1)) -> APITokenSecret {
        APITokenSecret(of: APIToken.ID(rawValue: id), random: .system)
    }

    @Test("is read back as what it was, whatever was drawn, and fits its code alone")
    func roundTrip() throws {
        let key = PurposeKeys.first.apiTokens
        for id in [0, 1, 61, 62, Int64.max] + (0..<500).map({ _ in Int64(RandomSource.system.uint64() >> 1) }) {
            let secret = drawn(id)
            #expect(secret.text.utf8.count == 68 && secret.text.hasPrefix("lk_live_"))
            #expect(secret.text.dropFirst(8).utf8.allSatisfy(Base62.isDigit))
            let read = try #require(APITokenSecret(secret.text))
            #expect(read.token.rawValue == id && read.text == secret.text)
            #expect(read.fits(secret.code(key), key) && !read.fits(drawn(id).code(key), key))
            #expect(secret.text.hasPrefix(APITokenSecret.displayPrefix(of: secret.token)))
            #expect(secret.text.hasSuffix(secret.lastFour) && secret.lastFour.utf8.count == 4)
        }
    }

    @Test("with any one character changed, left out or put in is no token")
    func anyCharacter() {
        let text = Array(drawn().text.utf8)
        for index in text.indices {
            for byte in UInt8(0x20)...0x7E where byte != text[index] {
                var changed = text
                changed[index] = byte
                #expect(APITokenSecret(String(decoding: changed, as: UTF8.self)) == nil)
            }
            var shorter = text
            shorter.remove(at: index)
            #expect(APITokenSecret(String(decoding: shorter, as: UTF8.self)) == nil)
            var longer = text
            longer.insert(UInt8(ascii: "0"), at: index)
            #expect(APITokenSecret(String(decoding: longer, as: UTF8.self)) == nil)
        }
    }

    @Test("with two neighbours exchanged is no token")
    func transposed() {
        let text = Array(drawn().text.utf8)
        for index in text.indices.dropLast() where text[index] != text[index + 1] {
            var changed = text
            changed.swapAt(index, index + 1)
            #expect(APITokenSecret(String(decoding: changed, as: UTF8.self)) == nil)
        }
    }

    @Test(
        "of another form is none, though its checksum is right",
        arguments: [
            // An identifier of more than 63 bits; and one that is no base62.
            "lk_live_zzzzzzzzzzz" + String(repeating: "0", count: 43),
            "lk_live_00000000_00" + String(repeating: "0", count: 43),
            "lk_live_00000000000" + String(repeating: "-", count: 43),
            "LK_LIVE_00000000000" + String(repeating: "0", count: 43),
        ])
    func otherForms(body: String) {
        let checksum = Base62.encode(UInt64(CRC32.checksum(of: body.utf8)), length: 6)
        #expect(APITokenSecret(body + String(decoding: checksum, as: UTF8.self)) == nil)
    }

    @Test("is shown by nothing but its wire form")
    func redacted() {
        let secret = drawn()
        for shown in ["\(secret)", String(reflecting: secret)] { #expect(!shown.contains(secret.text.suffix(49))) }
    }

    @Test("has the checksum of ISO/IEC 8802-3, and digits that tell every number")
    func parts() {
        #expect(CRC32.checksum(of: "123456789".utf8) == 0xCBF4_3926)
        #expect(String(decoding: Base62.encode(.max, length: 11), as: UTF8.self) == "LygHa16AHYF")
        #expect(Base62.decode("LygHa16AHYF".utf8) == .max)
        #expect(Base62.decode("LygHa16AHYG".utf8) == nil)
        #expect(Base62.decode("_".utf8) == nil)
    }
}
