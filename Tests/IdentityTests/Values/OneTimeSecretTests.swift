import Identity
import JOSE
import Testing

@Suite("A one-time secret")
struct OneTimeSecretTests {
    @Test("is a prefix and 256 random bits; only its SHA-256 is kept")
    func form() throws {
        let secret = OneTimeSecret(prefix: "lkd_", random: .system)
        #expect(secret.text.wholeMatch(of: /lkd_[A-Za-z0-9_-]{43}/) != nil)
        #expect(secret.digest == SHA256.hash(Array(secret.text.utf8)))
        #expect(try #require(OneTimeSecret(secret.text, prefix: "lkd_")).digest == secret.digest)
        #expect(OneTimeSecret(random: .system).text != OneTimeSecret(random: .system).text)
    }

    @Test("of one kind is not read as another kind")
    func kinds() {
        let device = OneTimeSecret(prefix: "lkd_", random: .system)
        #expect(OneTimeSecret(device.text, prefix: "lkm_") == nil)
        #expect(OneTimeSecret(device.text) == nil)
        #expect(OneTimeSecret(OneTimeSecret(random: .system).text, prefix: "lkd_") == nil)
    }

    @Test("truncated, padded, in another alphabet or with spare bits set is not read")
    func malformed() {
        let text = OneTimeSecret(prefix: "lkd_", random: .numbers([0])).text
        #expect(text == "lkd_" + String(repeating: "A", count: 43))
        let wrong = [
            "", String(text.dropLast()), text + "A", text + "=", " " + text, text + "\n", text.dropLast() + "B",
            text.dropLast() + "+", text.dropLast() + "é", "LKD_" + text.dropFirst(4),
        ]
        for presented in wrong {
            #expect(OneTimeSecret(presented, prefix: "lkd_") == nil, "\(presented)")
        }
    }
}
