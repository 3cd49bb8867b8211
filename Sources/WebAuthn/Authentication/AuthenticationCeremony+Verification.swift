import JOSE

extension AuthenticationCeremony {
    /// Every step of WebAuthn Level 3 §7.2, in its order, against the credential record that the caller found by
    /// `rawId`. Step 24, to update that record, is the caller's, in the same transaction.
    package func verify(
        _ response: AuthenticationResponse, against record: CredentialRecord
    ) -> Result<Authenticated, AuthenticationRefusal> {
        Result { () throws(AuthenticationRefusal) in try authenticated(response, record) }
    }

    private func authenticated(
        _ response: AuthenticationResponse, _ record: CredentialRecord
    ) throws(AuthenticationRefusal) -> Authenticated {
        // 1–3: options, get(), and a response of the right type are the page's and `AuthenticationResponse`'s.
        // 4: no client extension is asked for, and unsolicited results are ignored, as step 23 allows.
        try require(response.id.isExactly(Base64URL.encode(response.rawID)), or: .idMismatch)  // §5.1: `id`
        let isAllowed = allowCredentials.isEmpty || allowCredentials.contains { $0.id == response.rawID }
        try require(isAllowed, or: .credentialNotAllowed)  // 5
        try identify(response, record)  // 6
        guard let data = AuthenticatorData(parsing: response.authenticatorData),  // 7
            data.attestedCredentialData == nil  // §6.1: credentials are attested when they are made, and not after
        else { throw .malformedAuthenticatorData }
        try check(clientData: response.clientDataJSON)  // 8–14
        try require(relyingParty.isNamed(in: data), or: .wrongRelyingParty)  // 15
        try require(data.flags.contains(.userPresent), or: .userNotPresent)  // 16
        let verified = data.flags.contains(.userVerified)
        try require(verified || userVerification != .required, or: .userNotVerified)  // 17
        let (eligible, backedUp) = (data.flags.contains(.backupEligible), data.flags.contains(.backupState))
        try require(eligible || !backedUp, or: .invalidBackupState)  // 18
        try require(eligible == record.backupEligible, or: .backupEligibilityChanged)  // 19
        let hash = SHA256.hash(response.clientDataJSON)  // 20
        let signed = response.authenticatorData + hash
        try require(record.publicKey.isValid(response.signature, for: signed), or: .invalidSignature)  // 21
        try check(counter: data.signCount, after: record.signCount)  // 22
        // 23: extension outputs have been read as CBOR and are ignored. 24: the caller's.
        return Authenticated(  // 25
            credentialID: record.credentialID, userHandle: record.userHandle, signCount: data.signCount,
            userVerified: verified, backupState: backedUp)
    }

    /// Step 6: whose credential it is. Who was identified before must own it; otherwise the authenticator must say.
    private func identify(
        _ response: AuthenticationResponse, _ record: CredentialRecord
    ) throws(AuthenticationRefusal) {
        try require(record.credentialID == response.rawID, or: .wrongCredential)
        if let identifiedUser {
            try require(record.userHandle == identifiedUser, or: .wrongCredential)
            try require((response.userHandle ?? identifiedUser) == identifiedUser, or: .wrongUserHandle)
        } else {
            try require(response.userHandle == record.userHandle, or: .wrongUserHandle)
        }
    }

    private func check(clientData bytes: [UInt8]) throws(AuthenticationRefusal) {
        guard let client = CollectedClientData(parsing: bytes) else { throw .malformedClientData }  // 8, 9
        try require(client.type.isExactly("webauthn.get"), or: .wrongType)  // 10
        try require(client.answers(challenge), or: .wrongChallenge)  // 11
        try require(client.comes(from: relyingParty.origins), or: .wrongOrigin)  // 12
        try require(client.crossOrigin != true, or: .crossOrigin)  // 13: never expected in a frame of others
        try require(client.topOrigin == nil, or: .crossOrigin)  // 14: the same
    }

    /// Step 22: an authenticator that counts must have gone on. One that does not count says 0 each time.
    private func check(counter received: UInt32, after stored: UInt32) throws(AuthenticationRefusal) {
        let isValid = (received == 0 && stored == 0) || received > stored
        try require(isValid, or: .counterRegression(stored: stored, received: received))
    }

    /// One step on one line.
    private func require(_ condition: Bool, or refusal: AuthenticationRefusal) throws(AuthenticationRefusal) {
        guard condition else { throw refusal }
    }
}
