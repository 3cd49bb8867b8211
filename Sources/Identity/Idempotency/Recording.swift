import Database

/// Handed to an operation that must not be done twice: it records the answer in the transaction of the change.
///
/// So there is no moment at which the change is made and its answer unknown. A process that dies before the commit has
/// changed nothing, and one that dies after it has left the answer.
package struct Recording<Outcome: Sendable>: Sendable {
    private let write: (@Sendable (Outcome, Transaction) throws -> Void)?

    private init(_ write: (@Sendable (Outcome, Transaction) throws -> Void)?) {
        self.write = write
    }

    /// For a call without an `Idempotency-Key`.
    package static var none: Recording { Recording(nil) }

    /// To be called last in the transaction, with what the operation answers.
    ///
    /// - Throws: ``AnsweredAlready`` when another call with the same key was first. The transaction must be undone.
    func record(_ outcome: Outcome, in transaction: Transaction) throws {
        try write?(outcome, transaction)
    }

    static func to(
        _ write: @escaping @Sendable (Outcome, Transaction) throws -> Void
    ) -> Recording { Recording(write) }
}
