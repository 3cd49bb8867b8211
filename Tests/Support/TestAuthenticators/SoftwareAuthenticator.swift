package import JOSE

/// An authenticator in software with one credential, and the browser before it. Given the options that a server wrote, it
/// answers with the JSON that a page sends back; and it can be told to do wrong in one respect.
package struct SoftwareAuthenticator: Sendable {
    /// What it says, right by default.
    package struct Saying: Sendable {
        package var type: String?
        package var challenge: [UInt8]?
        package var origin = "https://id.example.com"
        /// Added to the client data, after a comma.
        package var more = ""
        package var relyingPartyID: String?
        /// UP and UV; and BE and BS, when it is told so.
        package var flags: UInt8 = 0x05
        package var signCount: UInt32 = 0
        /// Follows the authenticator data.
        package var trailing: [UInt8] = []
        package var id: String?
        package var rawID: [UInt8]?
        package var userHandle: [UInt8]?
        package var omitsUserHandle = false
        /// `alg` of the key that it shows.
        package var algorithm: UInt8 = 0x26
        /// Who signs, instead of the credential's own key.
        package var signer: SigningKey?

        package init() {}

        /// Right but for what is changed.
        package init(_ change: (inout Saying) -> Void) {
            change(&self)
        }
    }

    package let key: SigningKey
    package let credentialID: [UInt8]
    package let aaguid: [UInt8]
    /// Kept with the credential when it was made.
    package var userHandle: [UInt8]?

    package init(
        aaguid: [UInt8] = [UInt8](repeating: 0, count: 16),
        credentialID: [UInt8] = RandomSource.system.bytes(20)
    ) throws {
        key = try SigningKey.generate(.es256)
        self.credentialID = credentialID
        self.aaguid = aaguid
    }

    /// `RegistrationResponseJSON` for `PublicKeyCredentialCreationOptionsJSON`. Keeps whose it is.
    package mutating func register(_ options: JSONObject, _ saying: Saying = Saying()) -> JSONValue {
        userHandle = options["user"]?.object?["id"]?.string.flatMap { Base64URL.decode($0) }
        let clientData = clientData(options, "webauthn.create", saying)
        let site = saying.relyingPartyID ?? options["rp"]?.object?["id"]?.string ?? ""
        let parts: [[UInt8]] = [
            authenticatorData(site, saying, flags: saying.flags | 0x40), aaguid,
            [UInt8(credentialID.count >> 8), UInt8(credentialID.count & 0xFF)], credentialID, coseKey(saying),
            saying.trailing,
        ]
        let members: [[UInt8]] = [
            [0xA3], cbor("fmt"), cbor("none"), cbor("attStmt"), [0xA0], cbor("authData"), cbor(parts.flatMap(\.self)),
        ]
        let object = members.flatMap(\.self)
        return answer(saying, clientData, [("attestationObject", object)], transports: ["internal", "hybrid"])
    }

    /// `AuthenticationResponseJSON` for `PublicKeyCredentialRequestOptionsJSON`.
    package func authenticate(_ options: JSONObject, _ saying: Saying = Saying()) throws -> JSONValue {
        let clientData = clientData(options, "webauthn.get", saying)
        let site = saying.relyingPartyID ?? options["rpId"]?.string ?? ""
        let data = authenticatorData(site, saying, flags: saying.flags) + saying.trailing
        let signature = der(try (saying.signer ?? key).sign(data + SHA256.hash(clientData)))
        var members = [("authenticatorData", data), ("signature", signature)]
        if !saying.omitsUserHandle, let handle = saying.userHandle ?? userHandle {
            members.append(("userHandle", handle))
        }
        return answer(saying, clientData, members)
    }

    private func answer(
        _ saying: Saying, _ clientData: [UInt8], _ members: [(String, [UInt8])], transports: [String]? = nil
    ) -> JSONValue {
        var response = JSONObject(
            ([("clientDataJSON", clientData)] + members).map { (name: $0.0, value: .string(Base64URL.encode($0.1))) })
        if let transports { response["transports"] = .array(transports.map { .string($0) }) }
        let rawID = saying.rawID ?? credentialID
        return .object([
            "id": .string(saying.id ?? Base64URL.encode(credentialID)), "rawId": .string(Base64URL.encode(rawID)),
            "type": .string("public-key"), "response": .object(response), "clientExtensionResults": .object([:]),
        ])
    }

    // MARK: The bytes

    private func clientData(_ options: JSONObject, _ type: String, _ saying: Saying) -> [UInt8] {
        let challenge = saying.challenge.map { Base64URL.encode($0) } ?? options["challenge"]?.string ?? ""
        return Array(
            (#"{"type":"\#(saying.type ?? type)","challenge":"\#(challenge)","origin":"\#(saying.origin)""#
                + saying.more + "}").utf8)
    }

    private func authenticatorData(_ site: String, _ saying: Saying, flags: UInt8) -> [UInt8] {
        SHA256.hash(Array(site.utf8)) + [flags]
            + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: saying.signCount >> UInt32($0)) }
    }

    /// A COSE_Key on P-256.
    private func coseKey(_ saying: Saying) -> [UInt8] {
        guard case .p256(let x, let y) = key.publicKey.material else { return [] }
        let head: [UInt8] = [0xA5, 0x01, 0x02, 0x03, saying.algorithm, 0x20, 0x01, 0x21]
        return head + cbor(x) + [0x22] + cbor(y)
    }

    private func cbor(_ text: String) -> [UInt8] { [0x60 | UInt8(text.utf8.count)] + Array(text.utf8) }

    private func cbor(_ bytes: [UInt8]) -> [UInt8] {
        bytes.count < 256
            ? [0x58, UInt8(bytes.count)] + bytes
            : [0x59, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
    }

    /// r‖s as ECDSA signatures are written in WebAuthn §6.5.5.
    private func der(_ signature: [UInt8]) -> [UInt8] {
        func integer(_ number: ArraySlice<UInt8>) -> [UInt8] {
            let digits = Array(number.drop { $0 == 0 })
            let content = (digits.first ?? 0) >= 0x80 ? [0] + digits : digits
            return [0x02, UInt8(content.count)] + content
        }
        let content = integer(signature.prefix(32)) + integer(signature.dropFirst(32))
        return [0x30, UInt8(content.count)] + content
    }
}
