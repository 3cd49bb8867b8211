import Foundation
import GRDB
import LatchkeyHummingbird

/// Answers to calls with an `Idempotency-Key`, in the database: given again for a day, by every process and after a
/// restart. The answer is kept as it was given, the secret of a new webhook with it: it lies in `webhooks` in the same file
/// anyway, for whoever signs must know it.
///
/// A process that ends between doing something and noting its answer leaves a call that nobody finishes. After a minute
/// it may be made anew: what it was to do may then be done a second time. A call that comes to its end so late that
/// another has its key by then leaves that one's row alone: `fingerprint` tells them apart.
struct AnswerTable: IdempotencyStore {
    static let lifetime: Int64 = 86_400
    static let patience: Int64 = 60

    let database: DatabaseQueue

    init(_ database: DatabaseQueue) {
        self.database = database
    }

    func begin(_ call: IdempotentCall, at now: Instant) async throws -> IdempotencyStanding {
        try await database.write { db in
            try db.execute(literal: "DELETE FROM answers WHERE begun_at <= \(now.seconds - Self.lifetime)")
            try db.execute(
                literal: """
                    DELETE FROM answers WHERE credential = \(call.credential) AND key = \(call.key)
                        AND status IS NULL AND begun_at <= \(now.seconds - Self.patience)
                    """)
            guard let row = try row(of: call, in: db) else {
                try db.execute(
                    literal: """
                        INSERT INTO answers (credential, key, fingerprint, begun_at)
                        VALUES (\(call.credential), \(call.key), \(Data(call.fingerprint)), \(now.seconds))
                        """)
                return .begun
            }
            let fingerprint: Data = row["fingerprint"]
            guard fingerprint == Data(call.fingerprint) else { return .mismatch }
            guard let status: Int = row["status"] else { return .running }
            let (headers, body): (Data, Data?) = (row["headers"], row["body"])
            return .answered(
                RecordedAnswer(
                    status: status, headers: try JSONDecoder().decode([[String]].self, from: headers),
                    body: body.map { Array($0) }))
        }
    }

    func finish(_ call: IdempotentCall, _ answer: RecordedAnswer, at now: Instant) async throws {
        let headers = try JSONEncoder().encode(answer.headers)
        try await database.write { db in
            try db.execute(
                literal: """
                    UPDATE answers SET status = \(answer.status), headers = \(headers),
                        body = \(answer.body.map { Data($0) })
                    WHERE credential = \(call.credential) AND key = \(call.key)
                        AND fingerprint = \(Data(call.fingerprint)) AND status IS NULL
                    """)
        }
    }

    func abandon(_ call: IdempotentCall) async throws {
        try await database.write { db in
            try db.execute(
                literal: """
                    DELETE FROM answers
                    WHERE credential = \(call.credential) AND key = \(call.key)
                        AND fingerprint = \(Data(call.fingerprint)) AND status IS NULL
                    """)
        }
    }

    private func row(of call: IdempotentCall, in db: Database) throws -> Row? {
        try SQLRequest<Row>(
            literal: """
                SELECT fingerprint, status, headers, body FROM answers
                WHERE credential = \(call.credential) AND key = \(call.key)
                """
        ).fetchOne(db)
    }
}
