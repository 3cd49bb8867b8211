/// A new credential as its authenticator shows it (WebAuthn §6.5.1).
package struct AttestedCredentialData: Hashable, Sendable {
    /// The model of the authenticator.
    package let aaguid: AAGUID
    /// From 1 to 1023 bytes.
    package let credentialID: [UInt8]
    /// The members of the COSE_Key. Which they are is looked at when the algorithm is compared with the offer.
    package let publicKey: CBORMap
    /// The COSE_Key as written.
    package let encodedPublicKey: [UInt8]

    /// The longest credential id that there is (WebAuthn §6.5.1).
    static let longestCredentialID = 1023

    /// Reads from `position` on, and moves it to the end.
    init?(in bytes: [UInt8], at position: inout Int) {
        let header = 18
        guard bytes.count - position >= header, let aaguid = AAGUID(bytes[position..<position + 16]) else { return nil }
        let count = Int(bytes[position + 16]) << 8 | Int(bytes[position + 17])
        let start = position + header
        guard (1...Self.longestCredentialID).contains(count), bytes.count - start >= count else { return nil }
        guard var decoder = try? CBORDecoder(bytes, at: start + count), let key = (try? decoder.item())?.map else {
            return nil
        }
        self.aaguid = aaguid
        credentialID = Array(bytes[start..<start + count])
        publicKey = key
        encodedPublicKey = Array(bytes[start + count..<decoder.position])
        position = decoder.position
    }
}
