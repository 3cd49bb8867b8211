/// A statement about a new credential, in one of the registered formats (WebAuthn §8, RFC 8809). Every format is read
/// strictly; only self attestation, which needs no certificate, is verified: we ask for no attestation, so what a
/// maker certifies decides nothing here (§7.1, step 24).
enum AttestationStatement: Hashable, Sendable {
    /// `none` (§8.7): nothing is said.
    case none
    /// `packed` (§8.2) without certificates: signed by the credential itself.
    case selfSigned(algorithm: Int64, signature: [UInt8])
    /// Any other format, or `packed` with certificates: well formed, and not looked at further.
    case unverified

    init(format: String, _ value: CBORValue) throws(RegistrationRefusal) {
        if format == "compound" {
            guard Self.isCompound(value) else { throw .malformedAttestationObject }
            self = .unverified
            return
        }
        guard let shape = Self.shapes[format] else { throw .unknownAttestationFormat }
        guard let map = value.map else { throw .malformedAttestationObject }
        if format == "packed", map.hasOnly(["alg", "sig"]), let algorithm = map["alg"]?.integer,
            let signature = map["sig"]?.bytes
        {
            self = .selfSigned(algorithm: algorithm, signature: signature)
            return
        }
        guard Self.fits(map, shape) else { throw .malformedAttestationObject }
        self = format == "none" ? .none : .unverified
    }

    // MARK: What each format consists of

    private enum Kind {
        case number, bytes, text
        /// `x5c`: certificates, the attesting one first.
        case certificates
    }

    private static let shapes: [String: [String: Kind]] = [
        "none": [:],
        "packed": ["alg": .number, "sig": .bytes, "x5c": .certificates],
        "tpm": [
            "ver": .text, "alg": .number, "x5c": .certificates, "sig": .bytes, "certInfo": .bytes, "pubArea": .bytes,
        ],
        "android-key": ["alg": .number, "sig": .bytes, "x5c": .certificates],
        "android-safetynet": ["ver": .text, "response": .bytes],
        "fido-u2f": ["sig": .bytes, "x5c": .certificates],
        "apple": ["x5c": .certificates],
    ]

    private static func fits(_ map: CBORMap, _ shape: [String: Kind]) -> Bool {
        guard map.hasOnly(Set(shape.keys)) else { return false }
        return shape.allSatisfy { name, kind in
            switch kind {
            case .number: map[name]?.integer != nil
            case .bytes: map[name]?.bytes != nil
            case .text: map[name]?.text != nil
            case .certificates: isChain(map[name])
            }
        }
    }

    private static func isChain(_ value: CBORValue?) -> Bool {
        guard let elements = value?.array, !elements.isEmpty else { return false }
        return elements.allSatisfy { !($0.bytes ?? []).isEmpty }
    }

    /// `compound` (§8.9): two statements or more, none of them compound.
    private static func isCompound(_ value: CBORValue) -> Bool {
        guard let elements = value.array, elements.count >= 2 else { return false }
        return elements.allSatisfy { element in
            guard let map = element.map, map.hasOnly(["fmt", "attStmt"]), let format = map["fmt"]?.text,
                format != "compound", let statement = map["attStmt"]
            else { return false }
            return (try? AttestationStatement(format: format, statement)) != nil
        }
    }
}
