import Database
package import JOSE

/// Showing a second factor, on the login or in the browser where it is needed.
package struct StepUps: Sendable {
    let database: Database
    let keys: PurposeKeys
    let audit: AuditTrail
    let refusals: RefusalCounters<StepUpRefusal>

    /// A code as someone typed it.
    package enum Presented: Sendable {
        case totp(String)
        case recoveryCode(String)

        /// What a person typed into the one field there is: six digits are an app's, all else is a recovery code.
        package init(typed: String) {
            let isOfApp = typed.utf8.count { $0 != UInt8(ascii: " ") } == TOTP.digitCount
            self = isOfApp ? .totp(typed) : .recoveryCode(typed)
        }

        var method: StepUp.Method {
            switch self {
            case .totp: .totp
            case .recoveryCode: .recoveryCode
            }
        }
    }

    /// The ways in which a user can be asked, the best first.
    package func methods(of user: User.ID) async throws -> [StepUp.Method] {
        try await database.read { try SecondFactors.find(of: user, in: $0).methods }
    }

    /// Accepts a code, once, and records it. A wrong one counts against all routes together.
    ///
    /// - Parameters:
    ///   - login: the login that is to have the step-up.
    ///   - acting: the one by which it is shown; nil: the same. A browser can show it for a terminal of the same user.
    package func prove(
        _ presented: Presented, by user: User.ID, on login: Login, in acting: Login? = nil, at now: Instant,
        from origin: RequestOrigin,
        recording: Recording<StepUp> = .none
    ) async throws -> Result<StepUp, StepUpRefusal> {
        try await database.write(counting: refusals) { transaction in
            if let end = try WrongProofs.find(of: user, in: transaction).lockedUntil(now) {
                return .failure(.locked(until: end))
            }
            if let refusal = try check(presented, of: user, on: acting ?? login, in: transaction, at: now, from: origin)
            {
                if refusal == .wrongCode {
                    try miss(of: user, on: acting ?? login, in: transaction, at: now, from: origin)
                }
                return .failure(refusal)
            }
            let stepUp = StepUp(presented.method, at: now)
            guard try record(stepUp, of: user, on: login, by: acting, in: transaction, at: now, from: origin) else {
                return .failure(.ended)
            }
            try recording.record(stepUp, in: transaction)
            return .success(stepUp)
        }
    }

    private func check(
        _ presented: Presented, of user: User.ID, on login: Login, in transaction: Transaction, at now: Instant,
        from origin: RequestOrigin
    ) throws -> StepUpRefusal? {
        let factors = try SecondFactors.find(of: user, in: transaction)
        switch presented {
        case .totp(let typed):
            guard var secret = try TOTPSecret.find(of: user, .confirmed, keys.totpSecrets, in: transaction) else {
                return .notEnrolled
            }
            if let refusal = secret.accept(typed, at: now) { return refusal }
            return try secret.saveStep(in: transaction) ? nil : .usedCode
        case .recoveryCode(let typed):
            guard factors.hasApp || factors.recoveryCodes > 0 else { return .notEnrolled }
            guard let code = RecoveryCode(typed: typed) else { return .wrongCode }
            if let refusal = try code.use(of: user, keys.recoveryCodes, in: transaction, at: now) { return refusal }
            let remaining = try RecoveryCode.remaining(of: user, in: transaction)
            let event = try event(.recoveryCodeUsed, of: user, on: login, ["remaining": String(remaining)], transaction)
            try audit.record(event, in: transaction, at: now, from: origin)
            return nil
        }
    }

    /// Counts a wrong code, and tells of the pause that begins with it.
    func miss(
        of user: User.ID, on login: Login, in transaction: Transaction, at now: Instant, from origin: RequestOrigin
    ) throws {
        var wrong = try WrongProofs.find(of: user, in: transaction)
        let end = wrong.miss(at: now)
        try wrong.save(of: user, at: now, in: transaction)
        guard let end else { return }
        let detail = ["until": end.iso8601, "wrong_codes": String(wrong.count)]
        let event = try event(.stepUpLocked, of: user, on: login, detail, transaction)
        try audit.record(event, in: transaction, at: now, from: origin)
    }

    /// What is told of a login on which someone shows a second factor, or tries to.
    private func event(
        _ kind: AuditEvent.Kind, of user: User.ID, on login: Login, _ detail: [String: String],
        _ transaction: Transaction
    ) throws -> AuditEvent {
        var client: Client.ID?
        if case .grant(let id) = login {
            client = try transaction.row("SELECT client_id FROM grants WHERE id = ?", .id(id))?.id(0)
        }
        return AuditEvent(kind, user: user, by: login, client: client, detail: detail)
    }

    /// Records a proof that was accepted, whichever it was. False when the login or session is over, or another's.
    func record(
        _ stepUp: StepUp, of user: User.ID, on login: Login, by acting: Login? = nil, in transaction: Transaction,
        at now: Instant,
        from origin: RequestOrigin
    ) throws -> Bool {
        let values: [SQLValue] = [.time(stepUp.provenAt), .text(stepUp.method.rawValue)]
        var detail = ["method": stepUp.method.rawValue]
        if let acting, acting != login { detail["for"] = login.description }
        var event = try event(.stepUpProven, of: user, on: acting ?? login, detail, transaction)
        let count: Int
        switch login {
        case .grant(let id):
            count = try transaction.run(
                "UPDATE grants SET proven_at = ?, proof = ? WHERE id = ? AND user_id = ? AND revoked_at IS NULL",
                values + [.id(id), .id(user)])
            // What it is needed for is done in the organization of the login.
            event.organization = try transaction.row("SELECT organization_id FROM grants WHERE id = ?", .id(id))?.id(0)
        case .session(let id):
            count = try transaction.run(
                "UPDATE sessions SET proven_at = ?, proof = ? WHERE id = ? AND user_id = ? AND ended_at IS NULL",
                values + [.id(id), .id(user)])
        }
        guard count == 1 else { return false }
        try WrongProofs.forget(of: user, in: transaction)
        try audit.record(event, in: transaction, at: now, from: origin)
        return true
    }
}
