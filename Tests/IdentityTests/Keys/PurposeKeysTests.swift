import JOSE
import Testing

@testable import Identity

@Suite("Keys")
struct PurposeKeysTests {
    private let message: [UInt8] = [1, 2, 3]

    private func codes(_ keys: PurposeKeys) -> [[UInt8]] {
        [keys.refresh, keys.codes, keys.clientSecrets, keys.formTokens].map { $0.code(for: message) }
    }

    @Test("a master key is 32 bytes")
    func length() {
        #expect(MasterKey(Secret([UInt8](repeating: 1, count: 32))) != nil)
        for count in [0, 16, 31, 33, 64] {
            #expect(MasterKey(Secret([UInt8](repeating: 1, count: count))) == nil)
        }
    }

    @Test("each purpose has a key of its own, and another master key gives others for all")
    func purposes() {
        let first = codes(PurposeKeys(master: .first))
        #expect(Set(first).count == first.count)
        #expect(Set(first + codes(PurposeKeys(master: .second))).count == 2 * first.count)
        #expect(first == codes(PurposeKeys(master: .first)))
    }

    @Test("the labels are fixed: another label would make every token, code and wrapped key worthless")
    func labels() {
        let labels = ["refresh-token", "typed-code", "client-secret", "form-token"]
        let expected = labels.map { label in
            HMACSHA256(key: HKDF.sha256(MasterKey.first.secret, label: "latchkey/1/" + label)).code(for: message)
        }
        #expect(codes(PurposeKeys(master: .first)) == expected)
        let keys = PurposeKeys(master: .first)
        for (wrapping, label) in [(keys.signingKeys, "signing-key"), (keys.mail, "mail")] {
            let key = AESGCM(key: HKDF.sha256(MasterKey.first.secret, label: "latchkey/1/" + label))
            let sealed = wrapping.wrap(Secret(message), name: "a", random: .system)
            #expect(key.open(sealed, authenticating: [0x61])?.matches(message) == true)
        }
    }

    @Test("what the former master key made is still good, and nothing new is made with it")
    func former() {
        let both = PurposeKeys(master: .second, former: .first)
        let made = PurposeKeys(master: .first).codes.code(for: message)
        #expect(both.codes.isValid(made, for: message))
        #expect(!PurposeKeys(master: .second).codes.isValid(made, for: message))
        #expect(codes(both) == codes(PurposeKeys(master: .second)))
        #expect(!both.codes.isValid(made, for: [1, 2]))
        #expect(!both.codes.isValid([], for: message))
    }

    @Test("what is wrapped opens under its own name, purpose and key, and is never the same twice")
    func wrapping() {
        let keys = PurposeKeys(master: .first)
        let sealed = keys.mail.wrap(Secret(message), name: "msg_1", random: .system)
        #expect(keys.mail.unwrap(sealed, name: "msg_1")?.matches(message) == true)
        #expect(keys.mail.unwrap(sealed, name: "msg_2") == nil)
        #expect(keys.signingKeys.unwrap(sealed, name: "msg_1") == nil)
        #expect(PurposeKeys(master: .second).mail.unwrap(sealed, name: "msg_1") == nil)
        #expect(PurposeKeys(master: .second, former: .first).mail.unwrap(sealed, name: "msg_1") != nil)
        #expect(keys.mail.wrap(Secret(message), name: "msg_1", random: .system) != sealed)
        for index in sealed.indices {
            var damaged = sealed
            damaged[index] ^= 1
            #expect(keys.mail.unwrap(damaged, name: "msg_1") == nil)
        }
    }
}
