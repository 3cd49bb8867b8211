/// What a browser answers to `navigator.credentials.get()` (WebAuthn §5.1, §5.2.2), read and not verified. The
/// credential record is found by `rawID`.
package struct AuthenticationResponse: Hashable, Sendable {
    /// `id`, as written: base64url of `rawID` when all is well.
    package let id: String
    /// `rawId`: the credential id.
    package let rawID: [UInt8]
    package let clientDataJSON: [UInt8]
    package let authenticatorData: [UInt8]
    package let signature: [UInt8]
    /// Who the authenticator says it is; nil: not said.
    package let userHandle: [UInt8]?

    /// A response of these parts.
    package init(
        id: String, rawID: [UInt8], clientDataJSON: [UInt8], authenticatorData: [UInt8], signature: [UInt8],
        userHandle: [UInt8]?
    ) {
        self.id = id
        self.rawID = rawID
        self.clientDataJSON = clientDataJSON
        self.authenticatorData = authenticatorData
        self.signature = signature
        self.userHandle = userHandle
    }
}
