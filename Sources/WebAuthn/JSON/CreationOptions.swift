package import JOSE

/// What a page needs to make a credential: `PublicKeyCredentialCreationOptionsJSON` (WebAuthn §5.1.9), which
/// `PublicKeyCredential.parseCreationOptionsFromJSON` reads.
package struct CreationOptions: Hashable, Sendable {
    /// What the answer will be held against.
    package let ceremony: CreationCeremony
    /// The site's name, for people.
    package let relyingPartyName: String
    /// `user.name`: what tells this account from others of the same person, such as the mail address.
    package let userName: String
    /// `user.displayName`
    package let displayName: String
    /// What the user has already, and need not make again on the same authenticator.
    package let excludeCredentials: [CredentialDescriptor]
    /// How long the browser waits; whole milliseconds are sent.
    package let timeout: Duration

    /// Options for a discoverable credential, without attestation.
    package init(
        _ ceremony: CreationCeremony, relyingPartyName: String, userName: String, displayName: String,
        excludeCredentials: [CredentialDescriptor], timeout: Duration
    ) {
        self.ceremony = ceremony
        self.relyingPartyName = relyingPartyName
        self.userName = userName
        self.displayName = displayName
        self.excludeCredentials = excludeCredentials
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
        json.beginObject("rp")
        json.member("id", ceremony.relyingParty.id)
        json.member("name", relyingPartyName)
        json.endObject()
        json.beginObject("user")
        json.member("id", Base64URL.encode(ceremony.userHandle))
        json.member("name", userName)
        json.member("displayName", displayName)
        json.endObject()
        json.member("challenge", Base64URL.encode(ceremony.challenge))
        json.beginArray("pubKeyCredParams")
        for algorithm in ceremony.algorithms {
            json.beginObject()
            json.member("type", "public-key")
            json.member("alg", algorithm.rawValue)
            json.endObject()
        }
        json.endArray()
        json.member("timeout", timeout.milliseconds)
        json.beginArray("excludeCredentials")
        for credential in excludeCredentials { credential.write(to: &json) }
        json.endArray()
        json.beginObject("authenticatorSelection")
        json.member("residentKey", "required")
        // For browsers of Level 1, which know no `residentKey` (§5.4.4).
        json.member("requireResidentKey", true)
        json.member("userVerification", ceremony.userVerification.rawValue)
        json.endObject()
        json.member("attestation", "none")
    }
}

extension Duration {
    /// Whole milliseconds, rounded down; 0 when it is negative.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return seconds < 0
            ? 0 : overflow ? .max : product.addingReportingOverflow(attoseconds / 1_000_000_000_000_000).0
    }
}
