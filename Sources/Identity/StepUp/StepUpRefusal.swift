package import JOSE

/// Why a second factor was not accepted, or not changed.
package enum StepUpRefusal: Error, Hashable, Sendable {
    /// The user has none of this kind.
    case notEnrolled
    /// No new authenticator app waits for its first code, or it has waited too long.
    case nothingToConfirm
    case wrongCode
    /// The code of an app was right, and has been accepted before; or a later one has.
    case usedCode
    /// A recovery code that has been accepted before. No next one comes after it.
    case usedRecoveryCode
    /// Too many wrong codes: none is heard before this time.
    case locked(until: Instant)
    /// This change takes a step-up itself.
    case stepUpRequired
    /// The login or session on which to record it has been ended.
    case ended
}
