package import JOSE

extension RegistrationResponse {
    /// Reads a `RegistrationResponseJSON` (WebAuthn §5.1.8.1). The members that only repeat what the attestation object
    /// holds (`authenticatorData`, `publicKey`, `publicKeyAlgorithm`) are not looked at: that object alone counts.
    package init(_ value: JSONValue) throws(ResponseError) {
        let members = try ResponseMembers(value)
        try members.checkType()
        let response = try members.members("response")
        self.init(
            id: try members.text("id"),
            rawID: try members.credentialID("rawId"),
            clientDataJSON: try response.bytes("clientDataJSON"),
            attestationObject: try response.bytes("attestationObject"),
            transports: try response.transports())
    }

    /// Reads a `RegistrationResponseJSON` from its text.
    package init(parsing bytes: [UInt8]) throws(ResponseError) {
        guard let value = try? JSONValue.parse(bytes) else { throw .malformed }
        try self.init(value)
    }
}
