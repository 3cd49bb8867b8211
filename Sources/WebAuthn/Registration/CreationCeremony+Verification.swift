import JOSE

extension CreationCeremony {
    /// Every step of WebAuthn Level 3 §7.1, in its order. Two of them are the caller's, who has a database: step 26,
    /// that the credential id is not registered for anyone, and step 29, to store what this answers.
    package func verify(_ response: RegistrationResponse) -> Result<Registered, RegistrationRefusal> {
        Result { () throws(RegistrationRefusal) in try registered(response) }
    }

    private func registered(_ response: RegistrationResponse) throws(RegistrationRefusal) -> Registered {
        // 1–3: options, create(), and a response of the right type are the page's and `RegistrationResponse`'s.
        // 4: no client extension is asked for, and unsolicited results are ignored, as step 28 allows.
        try require(response.id.isExactly(Base64URL.encode(response.rawID)), or: .idMismatch)  // §5.1: `id`
        try check(clientData: response.clientDataJSON)  // 5–11
        let hash = SHA256.hash(response.clientDataJSON)  // 12
        let object = try AttestationObject(parsing: response.attestationObject)  // 13, and 21: the format is known
        let data = object.authenticatorData
        try require(relyingParty.isNamed(in: data), or: .wrongRelyingParty)  // 14
        // 15: a person must be there. The exception for conditional creation is not made: no page asks for that.
        try require(data.flags.contains(.userPresent), or: .userNotPresent)
        let verified = data.flags.contains(.userVerified)
        try require(verified || userVerification != .required, or: .userNotVerified)  // 16
        let (eligible, backedUp) = (data.flags.contains(.backupEligible), data.flags.contains(.backupState))
        try require(eligible || !backedUp, or: .invalidBackupState)  // 17
        // 18, 19: copies on other devices are welcome; the two flags go into the record.
        guard let made = data.attestedCredentialData else { throw .malformedAttestationObject }
        let key = try publicKey(of: made)  // 20
        let attestation = try attestationType(of: object, hash: hash, key: key)  // 22
        // 23: none and self attestation have no trust anchors. 24: both are acceptable, since none was asked for.
        // 25: the credential id has 1023 bytes at most, or `AttestedCredentialData` would not have read it.
        try require(made.credentialID == response.rawID, or: .credentialMismatch)  // §5.1: `rawId`
        // 26: not registered yet: the caller's, by a unique key in the same transaction.
        // 28: extension outputs have been read as CBOR and are ignored. 29: the caller's.
        return Registered(  // 27
            credentialID: made.credentialID, userHandle: userHandle, publicKey: key, signCount: data.signCount,
            aaguid: made.aaguid, transports: response.transports, userVerified: verified, backupEligible: eligible,
            backupState: backedUp, attestation: attestation)
    }

    private func check(clientData bytes: [UInt8]) throws(RegistrationRefusal) {
        guard let client = CollectedClientData(parsing: bytes) else { throw .malformedClientData }  // 5, 6
        try require(client.type.isExactly("webauthn.create"), or: .wrongType)  // 7
        try require(client.answers(challenge), or: .wrongChallenge)  // 8
        try require(client.comes(from: relyingParty.origins), or: .wrongOrigin)  // 9
        try require(client.crossOrigin != true, or: .crossOrigin)  // 10: never expected in a frame of others
        try require(client.topOrigin == nil, or: .crossOrigin)  // 11: the same
    }

    /// Step 20: the algorithm is one of those offered, and the key can be one of it.
    private func publicKey(of made: AttestedCredentialData) throws(RegistrationRefusal) -> CredentialPublicKey {
        let algorithm = made.publicKey[COSEKey.algorithm]?.integer.flatMap(COSEAlgorithmIdentifier.init)
        guard let algorithm, algorithms.contains(algorithm) else { throw .algorithmNotOffered }
        guard let key = try? CredentialPublicKey(made.publicKey, encoded: made.encodedPublicKey) else {
            throw .invalidPublicKey
        }
        return key
    }

    /// Step 22: the procedure of the statement's format: §8.7 for none, §8.2 for self attestation.
    private func attestationType(
        of object: AttestationObject, hash: [UInt8], key: CredentialPublicKey
    ) throws(RegistrationRefusal) -> AttestationType {
        switch object.statement {
        case .none, .unverified: return .none
        case .selfSigned(let algorithm, let signature):
            let signed = object.encodedAuthenticatorData + hash
            try require(algorithm == key.algorithm.rawValue, or: .invalidAttestation)
            try require(key.isValid(signature, for: signed), or: .invalidAttestation)
            return .`self`
        }
    }

    /// One step on one line.
    private func require(_ condition: Bool, or refusal: RegistrationRefusal) throws(RegistrationRefusal) {
        guard condition else { throw refusal }
    }
}
