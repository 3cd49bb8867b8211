package import JOSE
import Synchronization

/// The signing keys as this node holds them in memory: the one that signs, and the published set ready to send.
package final class SigningKeyRing: Sendable {
    /// What is held at one moment.
    package struct Contents: Sendable {
        package let active: SigningKey
        /// All published keys: pending, active and retired.
        package let published: [JSONWebKey]
        /// The JSON Web Key Set (RFC 7517 §5), ready to send.
        package let document: [UInt8]
        /// Its strong entity tag, with quotes.
        package let entityTag: String

        init(active: SigningKey, published: [JSONWebKey]) {
            self.active = active
            self.published = published
            var json = JSONWriter()
            json.beginObject()
            json.beginArray("keys")
            for key in published {
                key.write(to: &json)
            }
            json.endArray()
            json.endObject()
            document = json.bytes
            entityTag = "\"\(Base64URL.encode(Array(SHA256.hash(document).prefix(12))))\""
        }
    }

    private let state: Mutex<Contents>

    init(_ contents: Contents) {
        state = Mutex(contents)
    }

    package var contents: Contents { state.withLock { $0 } }

    func replace(with contents: Contents) {
        state.withLock { $0 = contents }
    }
}
