package import JOSE

extension AuthenticationResponse {
    /// The longest user handle that there is (WebAuthn §5.4.3).
    private static let longestUserHandle = 64

    /// Reads an `AuthenticationResponseJSON` (WebAuthn §5.1.8.2).
    package init(_ value: JSONValue) throws(ResponseError) {
        let members = try ResponseMembers(value)
        try members.checkType()
        let response = try members.members("response")
        let userHandle = try response.optionalBytes("userHandle")
        guard (userHandle ?? []).count <= Self.longestUserHandle else { throw .tooLong("response.userHandle") }
        self.init(
            id: try members.text("id"),
            rawID: try members.credentialID("rawId"),
            clientDataJSON: try response.bytes("clientDataJSON"),
            authenticatorData: try response.bytes("authenticatorData"),
            signature: try response.bytes("signature"),
            userHandle: userHandle)
    }

    /// Reads an `AuthenticationResponseJSON` from its text.
    package init(parsing bytes: [UInt8]) throws(ResponseError) {
        guard let value = try? JSONValue.parse(bytes) else { throw .malformed }
        try self.init(value)
    }
}
