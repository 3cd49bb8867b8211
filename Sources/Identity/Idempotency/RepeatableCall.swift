import JOSE

/// A call that may be made again: whose it is, its `Idempotency-Key`, and what it asks.
package struct RepeatableCall: Hashable, Sendable {
    /// The credential it came with, as an identifier that outlives one access token: of a grant, or of an API token.
    /// Equal keys of two credentials have nothing to do with each other.
    let credential: String
    /// SHA-256 of the key.
    let keyDigest: [UInt8]
    /// SHA-256 of everything that makes it the same call.
    let fingerprint: [UInt8]

    /// For how long the answer can be had again.
    package static let window = Duration.seconds(86_400)

    /// - Parameter parts: method, target and body; each counts with its length, so that no two calls run together.
    package init(credential: String, key: String, parts: [[UInt8]]) {
        self.credential = credential
        keyDigest = SHA256.hash(Array(key.utf8))
        var message: [UInt8] = []
        for part in parts {
            message.append(bigEndian: Int64(part.count))
            message.append(contentsOf: part)
        }
        fingerprint = SHA256.hash(message)
    }

    /// What its stored answer is sealed for.
    var name: String { credential + ":" + Base64URL.encode(keyDigest) }
}

/// An answer as it is given again.
package struct RecordedAnswer: Hashable, Sendable {
    package let status: Int
    /// Name and value of those header fields that belong to the answer, not to its delivery.
    package let headers: [[String]]
    package let body: [UInt8]

    package init(status: Int, headers: [[String]] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Why a call with a known key gets no answer.
package enum RepetitionRefusal: Error, Hashable, Sendable {
    /// The key was used for another call.
    case mismatch
}

/// Thrown out of a transaction, which is undone by it: another call with the same key has been answered meanwhile.
package struct AnsweredAlready: Error {}
