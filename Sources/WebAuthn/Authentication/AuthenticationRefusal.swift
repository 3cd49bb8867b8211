/// Why an authentication was refused. Each case is a step of WebAuthn §7.2, or the reading before one.
package enum AuthenticationRefusal: Error, Hashable, Sendable {
    /// `id` is not the base64url of `rawId` (§5.1).
    case idMismatch
    /// Not one of the credentials that were allowed (step 5).
    case credentialNotAllowed
    /// The record is that of another credential, or of another user than was identified before (step 6).
    case wrongCredential
    /// The user handle is missing where it alone could say who it is, or is another user's (step 6).
    case wrongUserHandle
    /// The authenticator data are not what their flags promise (step 7).
    case malformedAuthenticatorData
    /// The client data are not strict JSON, or a member is missing or of another type (step 9).
    case malformedClientData
    /// Made for another kind of ceremony (step 10).
    case wrongType
    /// Made for another challenge (step 11).
    case wrongChallenge
    /// Made on another site (step 12).
    case wrongOrigin
    /// Made in a frame of another origin (steps 13 and 14).
    case crossOrigin
    /// Made for another relying party (step 15).
    case wrongRelyingParty
    /// Nobody touched the authenticator (step 16).
    case userNotPresent
    /// The authenticator did not ask who it was (step 17).
    case userNotVerified
    /// Backed up though not eligible for it (step 18).
    case invalidBackupState
    /// Eligible for backup where it was not before, or the other way round (step 19).
    case backupEligibilityChanged
    /// Signed by another key, or not what was signed (step 21).
    case invalidSignature
    /// The counter has not advanced: there may be two copies of the key (step 22). The signature is good, so this is
    /// worth an entry in the audit.
    case counterRegression(stored: UInt32, received: UInt32)
}
