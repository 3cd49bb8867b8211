import JOSE
import Testing

@testable import Identity

@Suite("A refresh token")
struct RefreshTokenTests {
    private let grant = Grant.example()
    private let key = PurposeKeys.first.refresh
    private var token: String { RefreshToken(of: grant, key: key).text }

    /// Whether a text would be taken as a token of the grant.
    private func isTaken(_ text: String) -> Bool {
        guard let token = RefreshToken(text), token.grant == grant.id else { return false }
        return token.isGenuine(grant, key: key)
    }

    @Test("names its grant and generation, and reads back")
    func form() throws {
        #expect(token.wholeMatch(of: /lkr_[0-9a-z]{13}_5_[A-Za-z0-9_-]{43}/) != nil)
        let read = try #require(RefreshToken(token))
        #expect(read.grant == grant.id)
        #expect(read.generation == 5)
        #expect(read.text == token)
        #expect(isTaken(token))
    }

    @Test("of one epoch of the database is none in another, whatever the row says")
    func epochs() {
        let (first, second) = (Grant.example(epoch: [1]), Grant.example(epoch: [2]))
        #expect(RefreshToken(of: first, key: key).isGenuine(first, key: key))
        #expect(!RefreshToken(of: first, key: key).isGenuine(second, key: key))
        #expect(!RefreshToken(of: first, key: key).isGenuine(grant, key: key))
        #expect(!RefreshToken(of: grant, key: key).isGenuine(first, key: key))
    }

    @Test("is never printed by accident")
    func description() {
        let token = RefreshToken(of: grant, key: key)
        #expect("\(token)" == "<refresh token of \(grant.id)>")
    }

    @Test("with any bit flipped is not taken")
    func flipped() {
        let bytes = Array(token.utf8)
        for index in bytes.indices {
            for bit in 0..<8 {
                var forged = bytes
                forged[index] ^= 1 << bit
                #expect(!isTaken(String(decoding: forged, as: UTF8.self)), "bit \(bit) of byte \(index)")
            }
        }
    }

    @Test("cut short at any place, at either end, is not read")
    func truncated() {
        for count in 0..<token.count {
            #expect(RefreshToken(String(token.prefix(count))) == nil)
            #expect(!isTaken(String(token.suffix(count))))
        }
    }

    @Test("with any letter in the other case is not taken")
    func otherCase() {
        let letters = Array(token)
        for index in letters.indices where letters[index].isLetter {
            var forged = letters
            let letter = letters[index]
            forged[index] = Character(letter.isUppercase ? letter.lowercased() : letter.uppercased())
            #expect(!isTaken(String(forged)))
        }
        #expect(!isTaken(token.uppercased()))
        #expect(!isTaken(token.lowercased()))
    }

    @Test(
        "has one spelling of its generation",
        arguments: ["05", "005", "+5", " 5", "5 ", "0", "-5", "", "٥", "5.0", "0x5", "9223372036854775808", "5_"])
    func generation(spelling: String) {
        let parts = token.split(separator: "_", maxSplits: 3)
        let forged = [parts[0], parts[1], Substring(spelling), parts[3]].joined(separator: "_")
        #expect(RefreshToken(forged) == nil)
    }

    @Test("padded, spaced, or followed or preceded by anything is not read")
    func padded() {
        let suffixes = ["=", "==", "A", "_", "_A", " ", "\n", "\u{0}", "\u{301}", "."]
        for suffix in suffixes {
            #expect(RefreshToken(token + suffix) == nil)
            #expect(RefreshToken(suffix + token) == nil)
        }
        #expect(RefreshToken(token + String(repeating: "A", count: 1_000_000)) == nil)
    }

    @Test("of another kind is not read")
    func otherKinds() {
        for prefix in ["", "lkd_", "lkm_", "lk_live_"] {
            #expect(RefreshToken(OneTimeSecret(prefix: prefix, random: .system).text) == nil)
            #expect(RefreshToken(prefix + token.dropFirst(4)) == nil)
        }
    }

    @Test("says nothing of another generation, another grant, or another secret of the same grant")
    func bound() throws {
        let code = try #require(RefreshToken(token)).code
        for generation in [1, 4, 6, Int64.max] {
            let other = RefreshToken(of: .example(generation: generation), key: key)
            #expect(other.code != code)
            #expect(!isTaken("lkr_\(Crockford.encode(grant.id.rawValue))_\(generation)_\(Base64URL.encode(code))"))
        }
        let otherSecret = Grant.example(secret: [UInt8](repeating: 8, count: 32))
        #expect(try #require(RefreshToken(token)).isGenuine(otherSecret, key: key) == false)
    }

    @Test("made with the former master key is taken while that key stands beside the new one")
    func formerKey() throws {
        let both = PurposeKeys(master: .second, former: .first)
        let token = try #require(RefreshToken(token))
        #expect(token.isGenuine(grant, key: both.refresh))
        #expect(!token.isGenuine(grant, key: PurposeKeys(master: .second).refresh))
        #expect(RefreshToken(of: grant, key: both.refresh).text != token.text)
    }
}
