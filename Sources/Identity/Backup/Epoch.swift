import Database
import JOSE

/// The time since the database was last put back from a copy. One row, read wherever a refresh token is made or
/// checked, so that every node is in the new epoch from its very next transaction on.
///
/// What is known of an epoch is a random seed, not its number: a copy that is restored twice begins two epochs that
/// have nothing in common.
enum Epoch {
    /// The seed, as an expression within any statement. It enters the code of every refresh token.
    static let seed = "(SELECT seed FROM epoch WHERE id = 1)"

    static func seed(in transaction: Transaction) throws -> [UInt8] {
        guard let row = try transaction.row("SELECT seed FROM epoch WHERE id = 1") else {
            throw DatabaseFailure.corrupt("the epoch is missing")
        }
        return try row.blob(0)
    }

    /// Begins the next epoch; answers its number.
    static func advance(in transaction: Transaction, random: RandomSource, at now: Instant) throws -> Int64 {
        let row = try transaction.row(
            "UPDATE epoch SET number = number + 1, seed = ?, began_at = ? WHERE id = 1 RETURNING number",
            .blob(random.bytes(32)), .time(now))
        guard let row else { throw DatabaseFailure.corrupt("the epoch is missing") }
        return try row.integer(0)
    }
}
