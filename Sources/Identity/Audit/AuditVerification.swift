package import Database
package import JOSE

/// What following the chain of audit events has shown.
package struct AuditReport: Hashable, Sendable {
    /// How many sealed events fit, counted from the first.
    package internal(set) var events: Int64 = 0
    /// When the first and the last of these happened.
    package internal(set) var first: Instant?
    package internal(set) var last: Instant?
    /// The hash at the end of what fits: whoever keeps it elsewhere sees later whether history was rewritten as a whole.
    package internal(set) var hash: [UInt8] = AuditChain.Link.first.hash
    /// Events of the last moment that no hash covers yet.
    package internal(set) var unsealed: Int64 = 0
    /// Nil when every sealed event is as it was written.
    package internal(set) var fault: AuditFault?
}

/// The first place where the chain does not fit.
package struct AuditFault: Hashable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// What the event says is not what was sealed.
        case changed
        /// The event is gone.
        case removed
        /// The event was not there when its neighbours were sealed.
        case inserted
        /// The event stands where another stood.
        case moved
        /// The newest events are gone: the end that was noted lies further on.
        case truncated
        /// The noted end lies before the newest event.
        case headMovedBack = "head_moved_back"
        /// The noted end is missing.
        case headRemoved = "head_removed"
        /// The noted end has another hash than the last event.
        case headChanged = "head_changed"
    }

    /// The number of the first event that does not fit.
    package let event: Int64
    package let kind: Kind
}

/// Follows the chain from its beginning, a bounded number of events at a time, while others go on writing.
package struct AuditVerification: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    private static let batchSize: Int64 = 1_000

    /// - Parameter progress: told after each batch how many events were followed, and how many there are.
    package func run(progress: (_ followed: Int64, _ all: Int64) -> Void = { _, _ in }) async throws -> AuditReport {
        var report = AuditReport()
        var link = AuditChain.Link.first
        while true {
            let batch = try await batch(after: link.sequence)
            for (index, event) in batch.events.enumerated() {
                let next = try link.next(event.entry)
                guard event.link == next else {
                    let follower = try await follower(of: event, at: index, in: batch)
                    report.fault = try fault(at: event, after: link, before: follower, head: batch.head)
                    return report
                }
                link = next
                report.include(event)
            }
            progress(link.sequence, batch.head?.sequence ?? link.sequence)
            guard batch.events.count < Self.batchSize else { continue }
            report.unsealed = batch.unsealed
            report.fault = fault(atEnd: link, head: batch.head)
            return report
        }
    }

    /// A sealed event as it stands.
    fileprivate struct Sealed {
        let at: Instant
        let entry: AuditChain.Entry
        /// The number and the hash that it was given.
        let link: AuditChain.Link

        init(_ row: Row) throws {
            at = try row.time(2)
            entry = try AuditChain.Entry(row)
            link = AuditChain.Link(sequence: try row.integer(10), hash: try row.blob(11))
        }
    }

    private struct Batch {
        let events: [Sealed]
        let head: AuditChain.Link?
        let unsealed: Int64
    }

    /// One consistent look: events, the noted end, and what is not sealed yet.
    private func batch(after sequence: Int64) async throws -> Batch {
        try await database.read { transaction in
            let rows = try transaction.rows(
                """
                SELECT \(AuditChain.columns), sequence, chain_hash FROM audit_events
                WHERE sequence > ? ORDER BY sequence LIMIT ?
                """, .integer(sequence), .integer(Self.batchSize))
            let unsealed = try transaction.row("SELECT COUNT(*) FROM audit_events WHERE sequence IS NULL")
            return Batch(
                events: try rows.map(Sealed.init), head: try AuditChain.storedHead(in: transaction),
                unsealed: try unsealed?.integer(0) ?? 0)
        }
    }

    /// The event behind one that does not fit: in the same batch, else looked up.
    private func follower(of event: Sealed, at index: Int, in batch: Batch) async throws -> Sealed? {
        if batch.events.indices.contains(index + 1) { return batch.events[index + 1] }
        return try await self.batch(after: event.link.sequence).events.first
    }

    private func fault(atEnd link: AuditChain.Link, head: AuditChain.Link?) -> AuditFault? {
        let next = link.sequence.addingReportingOverflow(1).partialValue
        guard let head else { return link.sequence == 0 ? nil : AuditFault(event: next, kind: .headRemoved) }
        if head.sequence > link.sequence { return AuditFault(event: next, kind: .truncated) }
        if head.sequence < link.sequence {
            return AuditFault(event: head.sequence.addingReportingOverflow(1).partialValue, kind: .headMovedBack)
        }
        return head == link ? nil : AuditFault(event: next, kind: .headChanged)
    }

    /// What became of the event that should follow `link`, as far as its neighbours tell.
    private func fault(
        at event: Sealed, after link: AuditChain.Link, before follower: Sealed?, head: AuditChain.Link?
    ) throws -> AuditFault {
        let expected = link.sequence.addingReportingOverflow(1).partialValue
        func fault(_ kind: AuditFault.Kind) -> AuditFault { AuditFault(event: expected, kind: kind) }
        guard event.link.sequence == expected else { return fault(.removed) }
        if let head, event.link.sequence > head.sequence { return fault(.inserted) }
        guard let follower else { return fault(.changed) }
        let sealed = event.link.hash
        if try event.link.next(follower.entry) == follower.link { return fault(.changed) }
        let followerInPlace = try link.next(follower.entry).hash
        if followerInPlace == sealed { return fault(.moved) }
        if followerInPlace == follower.link.hash {
            let eventBehind = try AuditChain.Link(sequence: expected, hash: follower.link.hash).next(event.entry)
            return fault(eventBehind.hash == sealed ? .moved : .inserted)
        }
        let renumbered = AuditChain.Link(sequence: follower.link.sequence, hash: sealed)
        if try renumbered.next(follower.entry).hash == follower.link.hash { return fault(.removed) }
        return fault(.changed)
    }
}

extension AuditReport {
    fileprivate mutating func include(_ event: AuditVerification.Sealed) {
        events = event.link.sequence
        hash = event.link.hash
        if first == nil { first = event.at }
        last = event.at
    }
}
