/// What a browser answers to `navigator.credentials.create()` (WebAuthn §5.1, §5.2.1), read and not verified.
package struct RegistrationResponse: Hashable, Sendable {
    /// `id`, as written: base64url of `rawID` when all is well.
    package let id: String
    /// `rawId`: the credential id.
    package let rawID: [UInt8]
    package let clientDataJSON: [UInt8]
    package let attestationObject: [UInt8]
    /// Distinct, sorted, and only such as could be a transport.
    package let transports: [String]

    /// A response of these parts.
    package init(
        id: String, rawID: [UInt8], clientDataJSON: [UInt8], attestationObject: [UInt8], transports: [String] = []
    ) {
        self.id = id
        self.rawID = rawID
        self.clientDataJSON = clientDataJSON
        self.attestationObject = attestationObject
        self.transports = transports
    }
}
