import Database
import JOSE

extension Revocation {
    /// Everything that ended after a time, in no order.
    ///
    /// Logins that a restore has ended are not named one by one: it is told by one name for all.
    static func all(after start: Instant, in transaction: Transaction) throws -> [Revocation] {
        let grants = try transaction.rows(
            "SELECT id, revoked_at FROM grants WHERE revoked_at > ? AND revocation_reason <> ?",
            .time(start), .text(Grant.RevocationReason.restored.rawValue))
        let apiTokens = try transaction.rows(
            "SELECT id, revoked_at FROM api_tokens WHERE revoked_at > ?", .time(start))
        let users = try transaction.rows("SELECT id, disabled_at FROM users WHERE disabled_at > ?", .time(start))
        let clients = try transaction.rows(
            "SELECT identifier, disabled_at FROM clients WHERE disabled_at > ?", .time(start))
        let restores = try transaction.rows(
            "SELECT began_at FROM epoch WHERE number > 1 AND began_at > ?", .time(start))
        return try grants.map { Revocation((try $0.id(0) as Grant.ID).description, at: try $0.time(1)) }
            + apiTokens.map { Revocation((try $0.id(0) as APIToken.ID).description, at: try $0.time(1)) }
            + users.map { Revocation((try $0.id(0) as User.ID).description, at: try $0.time(1)) }
            + clients.map { Revocation(try $0.text(0), at: try $0.time(1)) }
            + restores.map { Revocation(everything, at: try $0.time(0)) }
    }
}
