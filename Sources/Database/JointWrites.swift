/// Writes of one kind, of which the engine may put several into one transaction.
///
/// Where a transaction is round trips (PostgreSQL), what arrives while others are written waits, and goes with the next
/// transaction. Where all writes share a commit anyway (SQLite), each has a transaction of its own.
public struct JointWrites<Item: Sendable, Outcome: Sendable>: Sendable {
    /// Writes items in the order of their arrival; answers one outcome for each, in the same order.
    public typealias Body = @Sendable ([Item], Transaction) throws -> [Outcome]

    private let submit: @Sendable (Item, Int64) async throws -> Uncommitted<Outcome>
    private let health: WriteHealth

    /// - Parameter submit: takes an item and its key; returns as soon as the body has run.
    init(
        health: WriteHealth = WriteHealth(),
        _ submit: @escaping @Sendable (Item, Int64) async throws -> Uncommitted<Outcome>
    ) {
        self.submit = submit
        self.health = health
    }

    /// The same writes, which tell how they went.
    func noting(_ health: WriteHealth) -> JointWrites { JointWrites(health: health, submit) }

    /// Writes one item, and prepares the answer, while the disk works if the engine can.
    ///
    /// What others do to the transaction is not felt: if the body throws for several items, each gets a transaction of
    /// its own. A task that is cancelled before its item was queued gets a `CancellationError` and has written nothing;
    /// later cancellation is not heeded, and the answer tells what happened.
    ///
    /// - Parameters:
    ///   - item: what to write.
    ///   - key: what the item is about. Items with the same key are written in the order of their arrival.
    ///   - prepare: run on the caller's task once the body has run. What it makes is given out only once the commit
    ///     succeeded. If it throws, the write stands all the same.
    /// - Throws: what the body throws for this item alone; `DatabaseFailure.unavailable` when nothing was written, for
    ///   the commit failed or too many items wait; else what `prepare` throws.
    public func write<Answer: Sendable>(
        _ item: Item, about key: Int64, whileCommitting prepare: @Sendable (Outcome) throws -> Answer
    ) async throws -> Answer {
        try Task.checkCancellation()
        let prepared = try await health.noting {
            let uncommitted = try await submit(item, key)
            let prepared = Result { try prepare(uncommitted.value) }
            try await uncommitted.commitment.kept()
            return prepared
        }
        return try prepared.get()
    }

    /// What the body answered for these items.
    static func outcomes(
        of items: [Item], _ body: Body, in transaction: Transaction
    ) throws -> [Outcome] {
        let outcomes = try body(items, transaction)
        guard outcomes.count == items.count else {
            throw DatabaseFailure.misuse("\(outcomes.count) outcomes of \(items.count) items written together")
        }
        return outcomes
    }
}
