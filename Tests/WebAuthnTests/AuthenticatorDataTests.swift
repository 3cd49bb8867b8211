import JOSE
import Testing
import WebAuthn

@Suite("Authenticator data")
struct AuthenticatorDataTests {
    private let hash = [UInt8](repeating: 3, count: 32)

    private func plain(flags: UInt8, _ more: [UInt8] = []) -> [UInt8] {
        hash + [flags, 0x01, 0x02, 0x03, 0x04] + more
    }

    private func attested(_ id: [UInt8], length: Int? = nil) throws -> [UInt8] {
        let length = length ?? id.count
        return [UInt8](repeating: 5, count: 16) + [UInt8(length >> 8), UInt8(length & 0xFF)] + id
            + (try TestAuthenticator().coseKey.encoded)
    }

    @Test("37 bytes are read: hash, flags and counter")
    func smallest() throws {
        let data = try #require(AuthenticatorData(parsing: plain(flags: 0x1D)))
        #expect(data.relyingPartyIDHash == hash)
        #expect(data.flags == [.userPresent, .userVerified, .backupEligible, .backupState])
        #expect(data.signCount == 0x0102_0304)
        #expect(data.attestedCredentialData == nil)
        #expect(data.extensions == nil)
        for count in 0..<37 { #expect(AuthenticatorData(parsing: Array(plain(flags: 0x1D)[..<count])) == nil) }
    }

    @Test("of the 256 flags, those read are exactly those whose data are there")
    func flags() throws {
        let (credential, map) = (try attested([1]), cborMap((.text("credProtect"), .number(2))).encoded)
        for flags in UInt8.min...UInt8.max {
            let (hasCredential, hasMap) = (flags & 0x40 != 0, flags & 0x80 != 0)
            for (first, second) in [([], []), (credential, []), ([], map), (credential, map)] as [([UInt8], [UInt8])] {
                let data = AuthenticatorData(parsing: plain(flags: flags, first + second))
                let fits = hasCredential == !first.isEmpty && hasMap == !second.isEmpty
                #expect((data != nil) == fits, "\(flags)")
                #expect(data.map { $0.flags.rawValue == flags } ?? true)
            }
        }
    }

    @Test("a credential id has from 1 to 1023 bytes")
    func credentialIDs() throws {
        for count in [1, 2, 255, 256, 1022, 1023] {
            let id = [UInt8](repeating: 7, count: count)
            let data = AuthenticatorData(parsing: plain(flags: 0x41, try attested(id)))
            #expect(data?.attestedCredentialData?.credentialID == id)
        }
        for count in [0, 1024, 1025, 4096] {
            let id = [UInt8](repeating: 7, count: count)
            #expect(AuthenticatorData(parsing: plain(flags: 0x41, try attested(id))) == nil)
        }
        for length in [2, 500, 1023, 0xFFFF] {
            #expect(AuthenticatorData(parsing: plain(flags: 0x41, try attested([7], length: length))) == nil)
        }
    }

    @Test("data that end anywhere before their end, or go on, are refused")
    func cut() throws {
        let whole = plain(flags: 0xC1, try attested([1, 2, 3]) + cborMap((.text("a"), .bool(true))).encoded)
        #expect(AuthenticatorData(parsing: whole) != nil)
        for count in whole.indices { #expect(AuthenticatorData(parsing: Array(whole[..<count])) == nil) }
        for byte in UInt8.min...UInt8.max { #expect(AuthenticatorData(parsing: whole + [byte]) == nil) }
    }

    @Test("extensions are a map of texts, in canonical CBOR")
    func extensions() throws {
        let good = cborMap((.text("uvm"), .array([.array([.number(2), .number(4), .number(2)])])))
        #expect(AuthenticatorData(parsing: plain(flags: 0x81, good.encoded))?.extensions == good.map)
        let bad: [[UInt8]] = [
            [0x80], [0x01], [0xF6], [], [0xA1, 0x01, 0x02], [0xBF, 0xFF], [0xA1, 0x61, 0x61],
            [0xA2, 0x61, 0x61, 0, 0x61, 0x61, 0], [UInt8](repeating: 0x81, count: 10_000),
        ]
        for bytes in bad { #expect(AuthenticatorData(parsing: plain(flags: 0x81, bytes)) == nil) }
    }
}
