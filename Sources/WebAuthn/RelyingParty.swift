import JOSE

/// The site that credentials belong to.
package struct RelyingParty: Hashable, Sendable {
    /// Its id: the domain, without scheme or port (WebAuthn §5.1.2).
    package let id: String
    /// The origins whose pages may run its ceremonies, each with scheme and, if need be, port (§13.4.9).
    package let origins: Set<String>

    /// A relying party.
    package init(id: String, origins: Set<String>) {
        self.id = id
        self.origins = origins
    }

    /// Whether authenticator data were made for it.
    func isNamed(in data: AuthenticatorData) -> Bool {
        ConstantTime.equal(data.relyingPartyIDHash, SHA256.hash(Array(id.utf8)))
    }
}

/// Whether the authenticator must know the person, and not only that there is one (WebAuthn §5.8.6).
package enum UserVerificationRequirement: String, Hashable, Sendable {
    case required
    case preferred
    case discouraged
}
