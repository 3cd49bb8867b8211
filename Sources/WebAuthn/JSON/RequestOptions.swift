package import JOSE

/// What a page needs to ask for a credential: `PublicKeyCredentialRequestOptionsJSON` (WebAuthn §5.1.10), which
/// `PublicKeyCredential.parseRequestOptionsFromJSON` reads.
package struct RequestOptions: Hashable, Sendable {
    /// What the answer will be held against.
    package let ceremony: AuthenticationCeremony
    /// How long the browser waits; whole milliseconds are sent.
    package let timeout: Duration

    /// Options for the ceremony.
    package init(_ ceremony: AuthenticationCeremony, timeout: Duration) {
        self.ceremony = ceremony
        self.timeout = timeout
    }

    /// Writes the options as an object: the document itself, or an element of an array.
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        writeMembers(to: &json)
        json.endObject()
    }

    /// Writes the options as the member `name`.
    package func write(to json: inout JSONWriter, as name: String) {
        json.beginObject(name)
        writeMembers(to: &json)
        json.endObject()
    }

    private func writeMembers(to json: inout JSONWriter) {
        json.member("challenge", Base64URL.encode(ceremony.challenge))
        json.member("timeout", timeout.milliseconds)
        json.member("rpId", ceremony.relyingParty.id)
        json.beginArray("allowCredentials")
        for credential in ceremony.allowCredentials { credential.write(to: &json) }
        json.endArray()
        json.member("userVerification", ceremony.userVerification.rawValue)
    }
}
