import JOSE

/// A credential that may answer, or that need not be made again (WebAuthn §5.8.3, `PublicKeyCredentialDescriptorJSON`).
package struct CredentialDescriptor: Hashable, Sendable {
    /// The credential id.
    package let id: [UInt8]
    /// How the browser said it can be reached, so that it asks for the right thing.
    package let transports: [String]

    /// A descriptor.
    package init(id: [UInt8], transports: [String] = []) {
        self.id = id
        self.transports = transports
    }

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("type", "public-key")
        json.member("id", Base64URL.encode(id))
        if !transports.isEmpty { json.member("transports", transports) }
        json.endObject()
    }
}
