import Database
import JOSE

/// The hash chain over audit events: `hash(n) = SHA-256(hash(n-1) ‖ n ‖ every column of event n, each with its length)`.
enum AuditChain {
    /// What an entry covers, in this order.
    static let columns = "id, event, at, organization_id, user_id, client_id, grant_id, request_id, address, detail"

    /// The bytes of one event, unambiguous: each column is preceded by its kind and length.
    struct Entry {
        let bytes: [UInt8]

        init(_ row: Row) throws {
            var bytes: [UInt8] = []
            for column in [0, 2, 3, 4, 5, 6] {
                guard let value = try row.optionalInteger(column) else {
                    bytes.append(0)
                    continue
                }
                bytes.append(1)
                bytes.append(bigEndian: value)
            }
            for column in [1, 7, 8, 9] {
                let text = Array(try row.text(column).utf8)
                bytes.append(2)
                bytes.append(bigEndian: Int64(text.count))
                bytes.append(contentsOf: text)
            }
            self.bytes = bytes
        }
    }

    /// A place in the chain.
    struct Link: Hashable {
        var sequence: Int64
        var hash: [UInt8]

        static let first = Link(sequence: 0, hash: [UInt8](repeating: 0, count: 32))

        func next(_ entry: Entry) throws -> Link {
            let (next, overflow) = sequence.addingReportingOverflow(1)
            guard !overflow else { throw DatabaseFailure.corrupt("audit sequence at its end") }
            var message = hash
            message.append(bigEndian: next)
            message.append(contentsOf: entry.bytes)
            return Link(sequence: next, hash: SHA256.hash(message))
        }
    }

    /// The end of the chain. It is kept apart from the events, so that removing the newest of them leaves a gap too.
    static func head(in transaction: Transaction) throws -> Link {
        try storedHead(in: transaction) ?? .first
    }

    /// Nil before the first event is sealed.
    static func storedHead(in transaction: Transaction) throws -> Link? {
        let row = try transaction.row("SELECT sequence, chain_hash FROM audit_head WHERE id = 1")
        return try row.map { Link(sequence: try $0.integer(0), hash: try $0.blob(1)) }
    }

    static func saveHead(_ link: Link, in transaction: Transaction) throws {
        _ = try transaction.run(
            """
            INSERT INTO audit_head (id, sequence, chain_hash) VALUES (1, ?, ?)
            ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, chain_hash = excluded.chain_hash
            """, .integer(link.sequence), .blob(link.hash))
    }
}

extension [UInt8] {
    /// Appends the eight bytes of a number, most significant first.
    mutating func append(bigEndian value: Int64) {
        for shift in stride(from: 56, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> Int64(shift)))
        }
    }
}
