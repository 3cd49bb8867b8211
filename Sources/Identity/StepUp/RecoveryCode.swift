import Database
import JOSE

/// A code for who has lost the authenticator app: one of ten, each good once. Stored is its HMAC, bound to its user.
struct RecoveryCode: Sendable, Identified {
    static let identifierPrefix = "rec"
    typealias ID = Identifier<RecoveryCode>

    /// As it is shown and typed: ten characters of Crockford's base32, 50 bits, in two groups.
    let text: String

    static let count = 10

    init(random: RandomSource) {
        let digits = (0..<10).map { _ in Crockford.alphabet[random.integer(below: 32)] }
        text = String(decoding: digits[..<5] + [UInt8(ascii: "-")] + digits[5...], as: UTF8.self)
    }

    /// Reads what someone typed: in any case, with or without the hyphen, `o` for zero and `i` or `l` for one. Nil when
    /// it cannot be one.
    init?(typed: String) {
        var digits: [UInt8] = []
        for byte in typed.lowercased().utf8 where byte != UInt8(ascii: "-") && byte != UInt8(ascii: " ") {
            switch byte {
            case UInt8(ascii: "o"): digits.append(UInt8(ascii: "0"))
            case UInt8(ascii: "i"), UInt8(ascii: "l"): digits.append(UInt8(ascii: "1"))
            default: digits.append(byte)
            }
        }
        guard digits.count == 10, digits.allSatisfy({ Crockford.alphabet.contains($0) }) else { return nil }
        text = String(decoding: digits[..<5] + [UInt8(ascii: "-")] + digits[5...], as: UTF8.self)
    }

    /// What its code is made of.
    func message(of user: User.ID) -> [UInt8] { Array("recovery-code:\(user):\(text)".utf8) }
}

extension RecoveryCode {
    /// Makes ten for a user. Those from before are worth nothing any more.
    static func replace(
        of user: User.ID, _ key: PurposeKey, in transaction: Transaction, at now: Instant, random: RandomSource
    ) throws -> [RecoveryCode] {
        try removeAll(of: user, in: transaction)
        return try (0..<count).map { _ in
            let code = RecoveryCode(random: random)
            let stored = key.code(for: code.message(of: user))
            _ = try transaction.insert(RecoveryCode.self, at: now, random: random) { id in
                try transaction.run(
                    """
                    INSERT INTO recovery_codes (id, user_id, code_code, created_at) VALUES (?, ?, ?, ?)
                    ON CONFLICT (id) DO NOTHING
                    """, .id(id), .id(user), .blob(stored), .time(now))
            }
            return code
        }
    }

    static func removeAll(of user: User.ID, in transaction: Transaction) throws {
        _ = try transaction.run("DELETE FROM recovery_codes WHERE user_id = ?", .id(user))
    }

    /// How many of a user's are still good.
    static func remaining(of user: User.ID, in transaction: Transaction) throws -> Int64 {
        let row = try transaction.row(
            "SELECT COUNT(*) FROM recovery_codes WHERE user_id = ? AND used_at IS NULL", .id(user))
        return try row?.integer(0) ?? 0
    }

    /// Uses it up. All of the user's codes are compared, each in constant time.
    func use(of user: User.ID, _ key: PurposeKey, in transaction: Transaction, at now: Instant) throws -> StepUpRefusal?
    {
        let message = message(of: user)
        var found: (id: ID, isUsed: Bool)?
        let rows = try transaction.rows(
            "SELECT id, code_code, used_at FROM recovery_codes WHERE user_id = ?", .id(user))
        for row in rows {
            let isIt = key.isValid(try row.blob(1), for: message)
            if isIt { found = (try row.id(0), try row.optionalInteger(2) != nil) }
        }
        guard let found else { return .wrongCode }
        guard !found.isUsed else { return .usedRecoveryCode }
        let used = try transaction.run(
            "UPDATE recovery_codes SET used_at = ? WHERE id = ? AND used_at IS NULL", .time(now), .id(found.id))
        return used == 1 ? nil : .usedRecoveryCode
    }
}
