import Testing
import WebAuthn

@Suite("AAGUIDs")
struct AAGUIDTests {
    @Test("an AAGUID is written as it was read, in lower case")
    func text() throws {
        let aaguid = try #require(AAGUID("FBFC3007-154e-4ecc-8c0b-6e020557d7bd"))
        #expect(aaguid.description == "fbfc3007-154e-4ecc-8c0b-6e020557d7bd")
        #expect(AAGUID(aaguid.bytes) == aaguid)
    }

    @Test("a well-known provider has a name, all others have none")
    func names() throws {
        #expect(AAGUID("fbfc3007-154e-4ecc-8c0b-6e020557d7bd")?.name == "Apple Passwords")
        #expect(AAGUID("EA9B8D66-4D01-1D21-3CE4-B6B48CB575D4")?.name == "Google Password Manager")
        #expect(AAGUID([UInt8](repeating: 0, count: 16))?.name == nil)
    }

    @Test("every entry of the table can be found")
    func table() {
        #expect(AAGUID.names.count >= 20)
        for (text, name) in AAGUID.names {
            #expect(AAGUID(text)?.name == name, "\(text)")
        }
    }

    @Test(
        "what is no AAGUID is refused",
        arguments: [
            "", "fbfc3007154e4ecc8c0b6e020557d7bd", "fbfc3007-154e-4ecc-8c0b-6e020557d7b",
            "fbfc3007-154e-4ecc-8c0b-6e020557d7bg", "fbfc3007-154e-4ecc-8c0b-6e020557d7bd-", "-----",
        ])
    func malformed(text: String) {
        #expect(AAGUID(text) == nil)
        #expect(AAGUID([UInt8](repeating: 0, count: 15)) == nil)
    }
}
