/// Why a registration was refused. Each case is a step of WebAuthn §7.1, or the reading before one.
package enum RegistrationRefusal: Error, Hashable, Sendable, CaseIterable {
    /// `id` is not the base64url of `rawId` (§5.1).
    case idMismatch
    /// The client data are not strict JSON, or a member is missing or of another type (step 6).
    case malformedClientData
    /// Made for another kind of ceremony (step 7).
    case wrongType
    /// Made for another challenge (step 8).
    case wrongChallenge
    /// Made on another site (step 9).
    case wrongOrigin
    /// Made in a frame of another origin (steps 10 and 11).
    case crossOrigin
    /// The attestation object is not canonical CBOR, or not of the right members, or the authenticator data are not
    /// what their flags promise (step 13).
    case malformedAttestationObject
    /// Made for another relying party (step 14).
    case wrongRelyingParty
    /// Nobody touched the authenticator (step 15).
    case userNotPresent
    /// The authenticator did not ask who it was (step 16).
    case userNotVerified
    /// Backed up though not eligible for it (step 17).
    case invalidBackupState
    /// A key of an algorithm that was not offered (step 20).
    case algorithmNotOffered
    /// A key that cannot be one of its algorithm (step 20).
    case invalidPublicKey
    /// An attestation format that is not registered (step 21).
    case unknownAttestationFormat
    /// Self attestation by another key or algorithm (step 22).
    case invalidAttestation
    /// The credential made is not the one that `rawId` names (§5.1).
    case credentialMismatch
}
