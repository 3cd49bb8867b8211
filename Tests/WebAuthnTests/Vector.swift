import Foundation
import JOSE
import Testing
import WebAuthn

/// A test vector of W3C WebAuthn Level 3 §16: one registration and one authentication with the same credential, for
/// the relying party example.org. The files in Vectors/ hold their values as hexadecimal digits.
struct Vector: Sendable, CustomTestStringConvertible {
    let name: String
    private let values: [String: [UInt8]]

    var testDescription: String { name }

    init(_ name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors")
        let text = try String(contentsOf: folder.appending(path: "\(name).txt"), encoding: .utf8)
        self.name = name
        values = Dictionary(
            uniqueKeysWithValues: text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
                let parts = line.split(separator: " = ")
                return (String(parts[0]), bytes(hex: parts[1]))
            })
    }

    subscript(_ name: String) -> [UInt8] { values[name] ?? [] }

    /// Those that verify: the algorithm is spoken here, and the page was in no frame of another origin.
    static let good = [
        "none.ES256", "packed-self.ES256", "none.ES256.long-credential-id", "packed.ES256", "packed.RS256",
        "packed.EdDSA", "tpm.ES256", "android-key.ES256", "apple.ES256", "fido-u2f.ES256",
    ]
    /// Made in a frame of another origin.
    static let framed = ["none.ES256.crossOrigin", "none.ES256.topOrigin"]
    /// Of algorithms that are not spoken here.
    static let foreign = ["packed.ES384", "packed.ES512", "packed.Ed448"]

    static let relyingParty = RelyingParty(id: "example.org", origins: ["https://example.org"])
    static let userHandle: [UInt8] = [1, 2, 3, 4]

    // MARK: Registration

    var creation: CreationCeremony {
        CreationCeremony(
            challenge: self["registration.challenge"], relyingParty: Self.relyingParty, userVerification: .preferred,
            userHandle: Self.userHandle)
    }

    var credentialID: [UInt8] { self["registration.credentialId"] }

    var registration: RegistrationResponse { registration() }

    func registration(clientDataJSON: [UInt8]? = nil, attestationObject: [UInt8]? = nil) -> RegistrationResponse {
        RegistrationResponse(
            id: Base64URL.encode(credentialID), rawID: credentialID,
            clientDataJSON: clientDataJSON ?? self["registration.clientDataJSON"],
            attestationObject: attestationObject ?? self["registration.attestationObject"])
    }

    // MARK: Authentication

    var request: AuthenticationCeremony {
        AuthenticationCeremony(
            challenge: self["authentication.challenge"], relyingParty: Self.relyingParty, userVerification: .preferred)
    }

    var authentication: AuthenticationResponse { authentication() }

    func authentication(
        clientDataJSON: [UInt8]? = nil, authenticatorData: [UInt8]? = nil, signature: [UInt8]? = nil
    ) -> AuthenticationResponse {
        AuthenticationResponse(
            id: Base64URL.encode(credentialID), rawID: credentialID,
            clientDataJSON: clientDataJSON ?? self["authentication.clientDataJSON"],
            authenticatorData: authenticatorData ?? self["authentication.authenticatorData"],
            signature: signature ?? self["authentication.signature"], userHandle: Self.userHandle)
    }
}
