import JOSE
import Testing
import WebAuthn

/// Every byte of every vector, changed in its lowest and in its highest bit.
@Suite("Every single byte matters")
struct SingleByteTests {
    private static let masks: [UInt8] = [0x01, 0x80]

    private func changes(of bytes: [UInt8]) -> [(index: Int, bytes: [UInt8])] {
        bytes.indices.flatMap { index in
            Self.masks.map { mask in
                var changed = bytes
                changed[index] ^= mask
                return (index, changed)
            }
        }
    }

    @Test("an authentication with one byte changed anywhere is refused", arguments: Vector.good)
    func authentication(name: String) throws {
        let vector = try Vector(name)
        let record = CredentialRecord(try vector.creation.verify(vector.registration).get())
        #expect(vector.request.verify(vector.authentication, against: record).refusal == nil)
        for (index, changed) in changes(of: vector["authentication.clientDataJSON"]) {
            let response = vector.authentication(clientDataJSON: changed)
            #expect(vector.request.verify(response, against: record).refusal != nil, "clientDataJSON[\(index)]")
        }
        for (index, changed) in changes(of: vector["authentication.authenticatorData"]) {
            let response = vector.authentication(authenticatorData: changed)
            #expect(vector.request.verify(response, against: record).refusal != nil, "authenticatorData[\(index)]")
        }
        for (index, changed) in changes(of: vector["authentication.signature"]) {
            let response = vector.authentication(signature: changed)
            #expect(
                vector.request.verify(response, against: record).refusal == .invalidSignature, "signature[\(index)]")
        }
    }

    @Test("a registration that signs for itself, with one byte changed anywhere, is refused")
    func selfAttestation() throws {
        let vector = try Vector("packed-self.ES256")
        for (index, changed) in changes(of: vector["registration.clientDataJSON"]) {
            let response = vector.registration(clientDataJSON: changed)
            #expect(vector.creation.verify(response).refusal != nil, "clientDataJSON[\(index)]")
        }
        for (index, changed) in changes(of: vector["registration.attestationObject"]) {
            let response = vector.registration(attestationObject: changed)
            #expect(vector.creation.verify(response).refusal != nil, "attestationObject[\(index)]")
        }
    }

    /// Without attestation nothing in a registration is signed, so that what is not compared with the ceremony is the
    /// client's to say. In the client data that is what has no meaning: members that are not known (§5.8.1.2 has them
    /// ignored), and the name of `crossOrigin`, which becomes such a member when it is changed (§5.8.1: it may be
    /// missing).
    @Test(
        "a registration's client data with one byte changed are refused, but for what is ignored in them",
        arguments: Vector.good.filter { $0 != "packed-self.ES256" })
    func clientData(name: String) throws {
        let vector = try Vector(name)
        let original = vector["registration.clientDataJSON"]
        let registered = try vector.creation.verify(vector.registration).get()
        let text = try #require(String(validating: original, as: UTF8.self))
        var ignored: [Range<Int>] = []
        for part in [/"(crossOrigin)":/, /"(extraData)":/, /"extraData":"([^"]*)"/] {
            guard let match = text.firstMatch(of: part) else { continue }
            let start = text.utf8.distance(from: text.startIndex, to: match.1.startIndex)
            ignored.append(start..<start + match.1.utf8.count)
        }
        for (index, changed) in changes(of: original) {
            let result = vector.creation.verify(vector.registration(clientDataJSON: changed))
            if ignored.contains(where: { $0.contains(index) }), let accepted = try? result.get() {
                #expect(accepted == registered)
            } else {
                #expect(result.refusal != nil, "clientDataJSON[\(index)]")
            }
        }
    }

    /// The same for the attestation object. What the authenticator says of itself and of its new key is taken as it
    /// stands: the flags, the counter, the AAGUID, and the key where every number is one (Ed25519, RSA). So is what
    /// stands in an attestation statement that nobody asked for (§7.1 step 24). A change that is accepted must show in
    /// the value it belongs to, and nowhere else.
    ///
    /// Of these bytes every sixteenth is enough where the key is RSA: each try asks whether its modulus is a prime.
    @Test(
        "an attestation object with one byte changed is refused, or the change is seen where it was made",
        arguments: Vector.good.filter { $0 != "packed-self.ES256" })
    func attestationObject(name: String) throws {
        let vector = try Vector(name)
        let original = vector["registration.attestationObject"]
        let registered = try vector.creation.verify(vector.registration).get()
        let map = try #require(CBORValue.decode(original).map)
        let dataStart = original.count - (map["authData"]?.bytes ?? []).count
        let statement = (map["attStmt"]?.encoded ?? []).count
        let statementEnd = dataStart - 9 - cborHead(2, UInt64(original.count - dataStart)).count
        let keyEnd = original.count
        let keyStart = registered.publicKey.algorithm == .es256 ? keyEnd : keyEnd - registered.publicKey.encoded.count
        let free: [(range: Range<Int>, shows: Set<String>)] = [
            (statementEnd - statement..<statementEnd, []), (dataStart + 32..<dataStart + 33, ["flags"]),
            (dataStart + 33..<dataStart + 37, ["signCount"]), (dataStart + 37..<dataStart + 53, ["aaguid"]),
            (keyStart..<keyEnd, ["publicKey"]),
        ]
        for (index, changed) in changes(of: original) {
            let shows = free.first { $0.range.contains(index) }?.shows
            if shows != nil, registered.publicKey.algorithm == .rs256, index % 16 != 0 { continue }
            let result = vector.creation.verify(vector.registration(attestationObject: changed))
            if let shows, let accepted = try? result.get() {
                #expect(accepted.differences(from: registered) == shows, "attestationObject[\(index)]")
            } else {
                #expect(result.refusal != nil, "attestationObject[\(index)]")
            }
        }
    }
}
