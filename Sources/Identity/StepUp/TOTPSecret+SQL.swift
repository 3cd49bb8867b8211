import Database
import JOSE

extension TOTPSecret {
    /// A user's secret in one of its states, opened.
    static func find(
        of user: User.ID, _ state: State, _ key: WrappingKey, in transaction: Transaction
    ) throws -> TOTPSecret? {
        let row = try transaction.row(
            "SELECT id, sealed_secret, last_step, created_at FROM totp_secrets WHERE user_id = ? AND state = ?",
            .id(user), .text(state.rawValue))
        guard let row else { return nil }
        let id: ID = try row.id(0)
        guard let secret = key.unwrap(try row.blob(1), name: id.description) else {
            throw DatabaseFailure.corrupt("\(id) cannot be opened with this master key")
        }
        return TOTPSecret(
            id: id, user: user, state: state, totp: TOTP(secret: secret), lastStep: try row.integer(2),
            createdAt: try row.time(3))
    }

    /// When a user's app was confirmed; nil: there is none.
    static func confirmedAt(of user: User.ID, in transaction: Transaction) throws -> Instant? {
        try transaction.row(
            "SELECT confirmed_at FROM totp_secrets WHERE user_id = ? AND state = 'confirmed'", .id(user)
        )?.optionalTime(0)
    }

    /// Puts a new secret in the place of one that waited before it.
    static func begin(
        _ totp: TOTP, of user: User.ID, _ key: WrappingKey, in transaction: Transaction, at now: Instant,
        random: RandomSource
    ) throws {
        try remove(of: user, .pending, in: transaction)
        _ = try transaction.insert(TOTPSecret.self, at: now, random: random) { id in
            try transaction.run(
                """
                INSERT INTO totp_secrets (id, user_id, state, sealed_secret, last_step, created_at)
                VALUES (?, ?, 'pending', ?, 0, ?) ON CONFLICT (id) DO NOTHING
                """, .id(id), .id(user), .blob(key.wrap(totp.secret, name: id.description, random: random)), .time(now))
        }
    }

    @discardableResult
    static func remove(of user: User.ID, _ state: State, in transaction: Transaction) throws -> Bool {
        try transaction.run(
            "DELETE FROM totp_secrets WHERE user_id = ? AND state = ?", .id(user), .text(state.rawValue))
            == 1
    }

    /// Saves that a code was accepted: false when that code, or a later one, has been accepted meanwhile.
    func saveStep(in transaction: Transaction) throws -> Bool {
        try transaction.run(
            "UPDATE totp_secrets SET last_step = ? WHERE id = ? AND last_step < ?", .integer(lastStep), .id(id),
            .integer(lastStep)) == 1
    }

    /// Saves that the first code was accepted. The secret before it is gone from then on.
    func saveConfirmation(in transaction: Transaction, at now: Instant) throws -> Bool {
        try Self.remove(of: user, .confirmed, in: transaction)
        return try transaction.run(
            """
            UPDATE totp_secrets SET state = 'confirmed', confirmed_at = ?, last_step = ?
            WHERE id = ? AND state = 'pending' AND last_step < ?
            """, .time(now), .integer(lastStep), .id(id), .integer(lastStep)) == 1
    }

    /// No code of this moment, or of one before it, is accepted any more: a copy does not know which were.
    static func spendAll(in transaction: Transaction, at now: Instant) throws {
        let last = SQLValue.integer(TOTP.step(at: now) + TOTP.window)
        _ = try transaction.run("UPDATE totp_secrets SET last_step = ? WHERE last_step < ?", last, last)
    }
}
