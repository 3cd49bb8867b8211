package import Database
package import JOSE
import Logging

/// Taking all second factors from someone who has lost them, by whoever runs the server: with or without servers on the
/// same data.
///
/// Every browser and login of theirs ends with it, however it was signed in: who has no second factor may set up the
/// first without showing any, and a lost phone is signed in as a rule.
package struct FactorReset: Sendable {
    private let database: Database
    private let audit: AuditTrail
    private let everyLogin: EveryLogin
    private let notices: FactorNotices

    /// - Parameters:
    ///   - keys: those of the servers on these data: the mail to the person is sealed with one of them.
    ///   - compose: writes that mail.
    package init(
        database: Database, keys: PurposeKeys, issuer: String, random: RandomSource = .system,
        compose: @escaping @Sendable (FactorNotice) throws -> MailMessage
    ) {
        self.database = database
        audit = AuditTrail(database: database, random: random)
        everyLogin = EveryLogin(sessions: Sessions(database: database, random: random, audit: audit), audit: audit)
        // It only writes into the queue; a server sends it.
        let silent = Logger(label: "latchkey") { _ in SwiftLogNoOpLogHandler() }
        let mail = MailQueue(
            database: database, random: random, keys: keys, logger: silent, counters: IdentityMetrics().mail)
        notices = FactorNotices(mail: mail, issuer: issuer, compose: compose)
    }

    /// What there is to lose, and nothing is changed.
    package func losses(of address: EmailAddress, at now: Instant) async throws -> Result<Losses, FactorResetRefusal> {
        try await database.read { transaction in
            guard let user = try User.find(address, in: transaction) else { return .failure(.unknown) }
            let losses = try Losses(of: user, in: transaction, at: now)
            return losses.isNothing ? .failure(.nothingToRemove) : .success(losses)
        }
    }

    /// Takes everything away, tells it by mail, and answers what it was.
    package func reset(
        _ user: User.ID, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<Losses, FactorResetRefusal> {
        try await database.write { transaction in
            guard let user = try User.find(user, in: transaction) else { return .failure(.unknown) }
            let losses = try Losses(of: user, in: transaction, at: now)
            guard !losses.isNothing else { return .failure(.nothingToRemove) }
            try remove(losses, in: transaction, at: now, from: origin)
            try everyLogin.end(of: user.id, .secondFactorsReset, in: transaction, at: now, from: origin)
            try notices.tell(.allRemoved, to: user.id, after: nil, in: transaction, at: now, from: origin)
            return .success(losses)
        }
    }

    private func remove(
        _ losses: Losses, in transaction: Transaction, at now: Instant, from origin: RequestOrigin
    ) throws {
        let user = losses.user.id
        var events: [AuditEvent] = []
        for passkey in losses.passkeys {
            events.append(passkey.event(.passkeyRemoved, ["reset": "true"].changing(from: passkey.name)))
        }
        _ = try transaction.run("DELETE FROM passkeys WHERE user_id = ?", .id(user))
        try TOTPSecret.remove(of: user, .pending, in: transaction)
        if try TOTPSecret.remove(of: user, .confirmed, in: transaction) {
            let detail = ["reset": "true"].changing(from: "confirmed", to: "none")
            events.append(AuditEvent(.totpRemoved, user: user, detail: detail))
        }
        try RecoveryCode.removeAll(of: user, in: transaction)
        // Who has guessed wrong until now must not be kept from confirming the new app.
        try WrongProofs.forget(of: user, in: transaction)
        let detail = [
            "passkeys": String(losses.passkeys.count), "authenticator_app": losses.hasApp ? "confirmed" : "none",
            "recovery_codes": String(losses.recoveryCodes),
        ]
        events.append(AuditEvent(.secondFactorsReset, user: user, detail: detail))
        for event in events { try audit.record(event, in: transaction, at: now, from: origin) }
    }
}

extension FactorReset {
    /// What someone loses.
    package struct Losses: Sendable {
        package let user: User
        package let passkeys: [Passkey]
        package let hasApp: Bool
        /// Those that were still good.
        package let recoveryCodes: Int64
        /// Logins of devices and applications that are alive.
        package let grants: Int
        /// Browsers that are signed in.
        package let sessions: Int

        /// No second factor, nor a code that stands in for one.
        var isNothing: Bool { passkeys.isEmpty && !hasApp && recoveryCodes == 0 }
    }
}

extension FactorReset.Losses {
    init(of user: User, in transaction: Transaction, at now: Instant) throws {
        let factors = try SecondFactors.find(of: user.id, in: transaction)
        let grants = try Grant.unrevoked(of: user.id, transaction)
        let sessions = try transaction.rows(
            "SELECT \(Session.columns) FROM sessions s WHERE s.user_id = ? AND s.ended_at IS NULL", .id(user.id))
        self.init(
            user: user, passkeys: try Passkey.all(of: user.id, in: transaction), hasApp: factors.hasApp,
            recoveryCodes: factors.recoveryCodes, grants: grants.count { $0.isAlive(at: now) },
            sessions: try sessions.count { try Session($0).isAlive(at: now) })
    }
}

/// Why no second factors were taken from anyone.
package enum FactorResetRefusal: Error, Hashable, Sendable {
    /// Nobody has this address.
    case unknown
    /// They have none.
    case nothingToRemove
}
