import Synchronization

/// The encoded headers of one key, a few types of token long: each is written once and then only copied.
final class TokenHeaders: Sendable {
    private let algorithm: SignatureAlgorithm
    private let keyID: String?
    private let prepared = Mutex<[String: [UInt8]]>([:])

    /// A server signs two or three types. More than this are written each time.
    private static let mostPrepared = 8

    init(algorithm: SignatureAlgorithm, keyID: String?) {
        self.algorithm = algorithm
        self.keyID = keyID
    }

    /// The header in base64url and the dot after it.
    func prefix(for type: String) -> [UInt8] {
        prepared.withLock { prepared in
            if let prefix = prepared[type] { return prefix }
            let prefix = write(type)
            if prepared.count < Self.mostPrepared { prepared[type] = prefix }
            return prefix
        }
    }

    private func write(_ type: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("alg", algorithm.rawValue)
        if let keyID { json.member("kid", keyID) }
        json.member("typ", type)
        json.endObject()
        var prefix: [UInt8] = []
        Base64URL.append(json.bytes, to: &prefix)
        prefix.append(UInt8(ascii: "."))
        return prefix
    }
}
