import Database
import JOSE

/// What a user has beside the mail: how they can be asked for it, and who may change it.
struct SecondFactors: Hashable, Sendable {
    let hasPasskey: Bool
    let hasApp: Bool
    /// Recovery codes that are still good.
    let recoveryCodes: Int64

    /// The ways in which the user can be asked, the best first.
    var methods: [StepUp.Method] {
        (hasPasskey ? [.passkey] : []) + (hasApp ? [.totp] : []) + (recoveryCodes > 0 ? [.recoveryCode] : [])
    }

    /// Whether one may be added, replaced or removed: after a step-up, or where there is none yet to show. Otherwise who
    /// reads someone's mail would make a second factor of their own beside the one that is there, and pass by that.
    func mayChange(_ stepUp: StepUp?, at now: Instant) -> Bool { methods.isEmpty || stepUp.isProven(at: now) }

    static func find(of user: User.ID, in transaction: Transaction) throws -> SecondFactors {
        let passkey = try transaction.row("SELECT 1 FROM passkeys WHERE user_id = ? LIMIT 1", .id(user))
        return SecondFactors(
            hasPasskey: passkey != nil, hasApp: try TOTPSecret.confirmedAt(of: user, in: transaction) != nil,
            recoveryCodes: try RecoveryCode.remaining(of: user, in: transaction))
    }

    /// Recovery codes stand in for a passkey or an app: without either they are worth nothing.
    static func forgetCodesWithoutFactor(of user: User.ID, in transaction: Transaction) throws {
        let left = try find(of: user, in: transaction)
        if !left.hasPasskey && !left.hasApp { try RecoveryCode.removeAll(of: user, in: transaction) }
    }
}
