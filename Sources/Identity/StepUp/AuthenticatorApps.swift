import Database
package import JOSE

/// Authenticator apps of users: set up, confirmed by a first code, replaced, removed; and the recovery codes beside
/// them.
package struct AuthenticatorApps: Sendable {
    let database: Database
    let random: RandomSource
    let keys: PurposeKeys
    let issuer: String
    let audit: AuditTrail
    let stepUps: StepUps
    let notices: FactorNotices
    let logins: Logins

    /// What a user has.
    package struct Status: Hashable, Sendable {
        /// Nil: no app.
        package let confirmedAt: Instant?
        /// Recovery codes that are still good.
        package let remainingCodes: Int64
    }

    package func status(of user: User.ID) async throws -> Status {
        try await database.read { transaction in
            Status(
                confirmedAt: try TOTPSecret.confirmedAt(of: user, in: transaction),
                remainingCodes: try RecoveryCode.remaining(of: user, in: transaction))
        }
    }

    /// Makes a new secret, which counts for nothing before its first code was typed.
    ///
    /// - Parameter stepUp: the one of the login that asks. Needed by who has any second factor.
    package func enrol(
        by login: Login, stepUp: StepUp?, at now: Instant, from origin: RequestOrigin,
        recording: Recording<TOTPEnrolment> = .none
    ) async throws -> Result<TOTPEnrolment, StepUpRefusal> {
        let totp = TOTP(secret: random.secret(TOTP.secretByteCount))
        return try await database.write(counting: stepUps.refusals) { transaction in
            let actor = try logins.require(login, in: transaction, at: now)
            let user = actor.user
            let isReplacement = try TOTPSecret.confirmedAt(of: user.id, in: transaction) != nil
            guard try SecondFactors.find(of: user.id, in: transaction).mayChange(stepUp, at: now) else {
                return .failure(.stepUpRequired)
            }
            try TOTPSecret.begin(totp, of: user.id, keys.totpSecrets, in: transaction, at: now, random: random)
            let event = AuditEvent(
                .totpEnrolled, by: actor,
                detail: ["replaces": String(isReplacement)].changing(
                    from: isReplacement ? "confirmed" : "none", to: "pending"))
            try audit.record(event, in: transaction, at: now, from: origin)
            let enrolment = TOTPEnrolment(totp, of: user, issuer: issuer)
            try recording.record(enrolment, in: transaction)
            return .success(enrolment)
        }
    }

    /// The secret that waits for its first code, to be shown again beside what was wrong. Nil: none, or too late.
    package func pending(of user: User, at now: Instant) async throws -> TOTPEnrolment? {
        try await database.read { transaction in
            let secret = try TOTPSecret.find(of: user.id, .pending, keys.totpSecrets, in: transaction)
            guard let secret, now - secret.createdAt < TOTPSecret.enrolmentLifetime else { return nil }
            return TOTPEnrolment(secret.totp, of: user, issuer: issuer)
        }
    }

    /// Takes the first code of a new secret. From then on it is the user's, and the one before it is gone, as are the
    /// recovery codes from before.
    ///
    /// - Parameter stepUp: the one of the login that asks. Needed by who has any second factor, as for making the
    ///   secret: one that its user has left waiting must not be taken by whoever else is signed in as them.
    /// - Returns: ten recovery codes, shown this once.
    package func confirm(
        _ typed: String, by login: Login, stepUp: StepUp? = nil, at now: Instant, from origin: RequestOrigin,
        recording: Recording<[String]> = .none
    ) async throws -> Result<[String], StepUpRefusal> {
        try await database.write(counting: stepUps.refusals) { transaction in
            let actor = try logins.require(login, in: transaction, at: now)
            let user = actor.user.id
            if let end = try WrongProofs.find(of: user, in: transaction).lockedUntil(now) {
                return .failure(.locked(until: end))
            }
            guard var secret = try TOTPSecret.find(of: user, .pending, keys.totpSecrets, in: transaction) else {
                return .failure(.nothingToConfirm)
            }
            guard try SecondFactors.find(of: user, in: transaction).mayChange(stepUp, at: now) else {
                return .failure(.stepUpRequired)
            }
            if let refusal = secret.accept(typed, at: now) {
                if refusal == .wrongCode {
                    try stepUps.miss(of: user, on: login, in: transaction, at: now, from: origin)
                }
                return .failure(refusal)
            }
            let isReplacement = try TOTPSecret.confirmedAt(of: user, in: transaction) != nil
            guard try secret.saveConfirmation(in: transaction, at: now) else { return .failure(.nothingToConfirm) }
            try WrongProofs.forget(of: user, in: transaction)
            let event = AuditEvent(
                .totpConfirmed, by: actor, detail: stepUp.recoveryDetail.changing(from: "pending", to: "confirmed"))
            try audit.record(event, in: transaction, at: now, from: origin)
            try notices.tell(
                isReplacement ? .appReplaced : .appSetUp, to: user, after: stepUp, in: transaction, at: now,
                from: origin)
            return .success(try replaceCodes(by: actor, in: transaction, at: now, from: origin, recording))
        }
    }

    /// Ten new recovery codes in place of the old ones. Takes a step-up.
    package func newRecoveryCodes(
        by login: Login, stepUp: StepUp?, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<[String], StepUpRefusal> {
        try await database.write(counting: stepUps.refusals) { transaction in
            let actor = try logins.require(login, in: transaction, at: now)
            let user = actor.user.id
            guard stepUp.isProven(at: now) else { return .failure(.stepUpRequired) }
            let factors = try SecondFactors.find(of: user, in: transaction)
            guard factors.hasApp || factors.hasPasskey else { return .failure(.notEnrolled) }
            try notices.tell(.recoveryCodesMade, to: user, after: stepUp, in: transaction, at: now, from: origin)
            return .success(try replaceCodes(by: actor, in: transaction, at: now, from: origin, .none))
        }
    }

    private func replaceCodes(
        by actor: LivingLogin, in transaction: Transaction, at now: Instant, from origin: RequestOrigin,
        _ recording: Recording<[String]>
    ) throws -> [String] {
        let before = try RecoveryCode.remaining(of: actor.user.id, in: transaction)
        let codes = try RecoveryCode.replace(
            of: actor.user.id, keys.recoveryCodes, in: transaction, at: now, random: random
        ).map(\.text)
        let event = AuditEvent(
            .recoveryCodesReplaced, by: actor, detail: [:].changing(from: String(before), to: String(codes.count)))
        try audit.record(event, in: transaction, at: now, from: origin)
        try recording.record(codes, in: transaction)
        return codes
    }

    /// Removes the app, and the recovery codes where they stand in for nothing else. Takes a step-up.
    package func remove(
        by login: Login, stepUp: StepUp?, at now: Instant, from origin: RequestOrigin,
        recording: Recording<Void> = .none
    ) async throws -> Result<Void, StepUpRefusal> {
        try await database.write(counting: stepUps.refusals) { transaction in
            let actor = try logins.require(login, in: transaction, at: now)
            let user = actor.user.id
            guard stepUp.isProven(at: now) else { return .failure(.stepUpRequired) }
            try TOTPSecret.remove(of: user, .pending, in: transaction)
            guard try TOTPSecret.remove(of: user, .confirmed, in: transaction) else { return .failure(.notEnrolled) }
            try SecondFactors.forgetCodesWithoutFactor(of: user, in: transaction)
            let event = AuditEvent(
                .totpRemoved, by: actor, detail: stepUp.recoveryDetail.changing(from: "confirmed", to: "none"))
            try audit.record(event, in: transaction, at: now, from: origin)
            try notices.tell(.appRemoved, to: user, after: stepUp, in: transaction, at: now, from: origin)
            try recording.record((), in: transaction)
            return .success(())
        }
    }
}
