import Foundation
import JOSE
import Testing
import WebAuthn

/// Spoiled vectors for everything that reads bytes from outside. Nothing may end the process, and nothing spoiled may
/// verify. It runs for LATCHKEY_FUZZ_SECONDS (six if that is not said), each test for its share, with a new seed each
/// time, which stands in the output first, and so also when a crash cuts it off. LATCHKEY_FUZZ_SEED brings a run back.
@Suite("Fuzzing WebAuthn", .serialized)
struct FuzzTests {
    private static let seed = ProcessInfo.processInfo.environment["LATCHKEY_FUZZ_SEED"].flatMap(UInt64.init)
    private static let seconds = ProcessInfo.processInfo.environment["LATCHKEY_FUZZ_SECONDS"].flatMap(Double.init) ?? 6
    private static let share = seconds / 4

    /// Runs `body` on spoiled bytes until the time is over.
    private func fuzz(_ name: String, _ body: (inout Mutator) throws -> Void) throws {
        let seed = Self.seed ?? RandomSource.system.uint64()
        print("Fuzzing \(name) with LATCHKEY_FUZZ_SEED=\(seed)")
        fflush(nil)
        var mutator = Mutator(seed: seed)
        let end = ContinuousClock.now + .seconds(Self.share)
        var count = 0
        repeat {
            for _ in 0..<50 { try body(&mutator) }
            count += 50
        } while ContinuousClock.now < end
        print("Fuzzed \(name): \(count) inputs")
        #expect(count > 0, "seed \(seed)")
    }

    private func failed(_ what: String, _ bytes: [UInt8]...) -> Comment {
        "\(what): \(bytes.map(hex).joined(separator: " ")) (the seed stands above)"
    }

    private static func vectors() throws -> [Vector] {
        try (Vector.good + Vector.framed + Vector.foreign).map { try Vector($0) }
    }

    @Test("what is read as CBOR is written again to the byte")
    func cbor() throws {
        let inputs = try Self.vectors().map { $0["registration.attestationObject"] }
        try fuzz("CBOR") { mutator in
            let bytes = mutator.mutate(mutator.element(of: inputs), with: mutator.element(of: inputs))
            guard let value = try? CBORValue.decode(bytes) else { return }
            #expect(value.encoded == bytes, failed("not canonical", bytes))
            _ = try? CredentialPublicKey(encoded: bytes)
        }
    }

    @Test("what is read as authenticator data has the parts that its flags promise, and no byte more")
    func authenticatorData() throws {
        let inputs = try Self.vectors().flatMap { vector in
            [
                vector["authentication.authenticatorData"],
                try CBORValue.decode(vector["registration.attestationObject"]).map?["authData"]?.bytes ?? [],
            ]
        }
        try fuzz("authenticator data") { mutator in
            let bytes = mutator.mutate(mutator.element(of: inputs), with: mutator.element(of: inputs))
            guard let data = AuthenticatorData(parsing: bytes) else { return }
            #expect(data.attestedCredentialData != nil || bytes[32] & 0x40 == 0, failed("AT", bytes))
            var again = Array(bytes[..<37])
            if let made = data.attestedCredentialData {
                let count = made.credentialID.count
                again += made.aaguid.bytes + [UInt8(count >> 8), UInt8(count & 0xFF)] + made.credentialID
                again += CBORValue.map(made.publicKey).encoded
            }
            if let extensions = data.extensions { again += CBORValue.map(extensions).encoded }
            #expect(again == bytes, failed("not all bytes were read", bytes))
        }
    }

    @Test("no spoiled authentication verifies")
    func authentication() throws {
        let vectors = try Vector.good.map { try Vector($0) }
        let records = try vectors.map { CredentialRecord(try $0.creation.verify($0.registration).get()) }
        let parts = ["clientDataJSON", "authenticatorData", "signature"]
        try fuzz("authentications") { mutator in
            let index = mutator.number(below: vectors.count)
            let (vector, other) = (vectors[index], mutator.element(of: vectors))
            var bytes = parts.map { vector["authentication.\($0)"] }
            let original = bytes
            for part in parts.indices where mutator.number(below: 3) == 0 {
                bytes[part] = mutator.mutate(bytes[part], with: other["authentication.\(parts[part])"])
            }
            let response = vector.authentication(
                clientDataJSON: bytes[0], authenticatorData: bytes[1], signature: bytes[2])
            let verifies = vector.request.verify(response, against: records[index]).refusal == nil
            #expect(verifies == (bytes == original), failed(vector.name, bytes[0], bytes[1], bytes[2]))
            try throughJSON(response)
        }
    }

    @Test("no spoiled registration counts as signed, and what is accepted is what was asked for")
    func registration() throws {
        let vectors = try Vector.good.map { try Vector($0) }
        try fuzz("registrations") { mutator in
            let (vector, other) = (mutator.element(of: vectors), mutator.element(of: vectors))
            var (client, object) = (vector["registration.clientDataJSON"], vector["registration.attestationObject"])
            if mutator.number(below: 2) == 0 {
                client = mutator.mutate(client, with: other["registration.clientDataJSON"])
            }
            object = mutator.mutate(object, with: other["registration.attestationObject"])
            let response = vector.registration(clientDataJSON: client, attestationObject: object)
            guard let accepted = try? vector.creation.verify(response).get() else { return }
            let isOriginal =
                client == vector["registration.clientDataJSON"] && object == vector["registration.attestationObject"]
            #expect(accepted.attestation == .none || isOriginal, failed(vector.name, client, object))
            #expect(accepted.credentialID == vector.credentialID, failed(vector.name, client, object))
            #expect(throws: Never.self) { try CredentialPublicKey(encoded: accepted.publicKey.encoded) }
            let members = try? JSONValue.parse(client).object
            #expect(members?["challenge"]?.string == Base64URL.encode(vector["registration.challenge"]))
            #expect(members?["origin"]?.string == "https://example.org")
        }
    }

    /// The same response as a browser would write it, read again; and that text spoiled, which must only not crash.
    private func throughJSON(_ response: AuthenticationResponse) throws {
        var json = JSONWriter()
        json.beginObject()
        json.member("id", response.id)
        json.member("rawId", Base64URL.encode(response.rawID))
        json.member("type", "public-key")
        json.beginObject("response")
        json.member("clientDataJSON", Base64URL.encode(response.clientDataJSON))
        json.member("authenticatorData", Base64URL.encode(response.authenticatorData))
        json.member("signature", Base64URL.encode(response.signature))
        json.member("userHandle", Base64URL.encode(response.userHandle ?? []))
        json.endObject()
        json.endObject()
        if let again = try? AuthenticationResponse(parsing: json.bytes) { #expect(again == response) }
        var mutator = Mutator(seed: UInt64(response.signature.count &+ response.clientDataJSON.count))
        _ = try? AuthenticationResponse(parsing: mutator.mutate(json.bytes, with: json.bytes))
    }
}
