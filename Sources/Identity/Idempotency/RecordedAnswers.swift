import Database
package import JOSE

/// Answers of calls with an `Idempotency-Key`, kept for a day under a key that is not in the database: they may hold
/// secrets that are shown once.
///
/// There is no record of a call that is still running, so none can be left behind by a process that died: two calls
/// with one key both run, the second to record its answer is undone, and is given the answer of the first.
package struct RecordedAnswers: Sendable {
    let database: Database
    let random: RandomSource
    let keys: PurposeKeys

    /// The answer of this call, when it has been made before.
    package func find(
        _ call: RepeatableCall, at now: Instant
    ) async throws -> Result<RecordedAnswer?, RepetitionRefusal> {
        let row = try await database.read { transaction in
            try transaction.row(
                """
                SELECT fingerprint, sealed_answer FROM recorded_answers
                WHERE credential = ? AND key_digest = ? AND expires_at > ?
                """, .text(call.credential), .blob(call.keyDigest), .time(now))
        }
        guard let row else { return .success(nil) }
        guard ConstantTime.equal(try row.blob(0), call.fingerprint) else { return .failure(.mismatch) }
        guard let secret = keys.recordedAnswers.unwrap(try row.blob(1), name: call.name),
            let answer = RecordedAnswer(decoding: secret)
        else { throw DatabaseFailure.corrupt("a recorded answer cannot be opened with this master key") }
        return .success(answer)
    }

    /// Lets an operation record its answer.
    ///
    /// - Parameter describe: what the operation's outcome is on the wire.
    package func recording<Outcome: Sendable>(
        _ call: RepeatableCall, at now: Instant, describe: @escaping @Sendable (Outcome) throws -> RecordedAnswer
    ) -> Recording<Outcome> {
        .to { outcome, transaction in
            guard try insert(describe(outcome), of: call, in: transaction, at: now) else { throw AnsweredAlready() }
        }
    }

    /// Records an answer after the fact, for what may be done twice without harm. The first to record stays.
    package func record(_ answer: RecordedAnswer, of call: RepeatableCall, at now: Instant) async throws {
        _ = try await database.write { try insert(answer, of: call, in: $0, at: now) }
    }

    /// False when there is a living answer under this key.
    private func insert(
        _ answer: RecordedAnswer, of call: RepeatableCall, in transaction: Transaction, at now: Instant
    ) throws -> Bool {
        let sealed = keys.recordedAnswers.wrap(Secret(answer.encoded), name: call.name, random: random)
        return try transaction.run(
            """
            INSERT INTO recorded_answers (credential, key_digest, fingerprint, sealed_answer, created_at, expires_at)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (credential, key_digest) DO UPDATE SET fingerprint = excluded.fingerprint,
                sealed_answer = excluded.sealed_answer, created_at = excluded.created_at,
                expires_at = excluded.expires_at
            WHERE recorded_answers.expires_at <= ?
            """,
            .text(call.credential), .blob(call.keyDigest), .blob(call.fingerprint), .blob(sealed), .time(now),
            .time(now + RepeatableCall.window), .time(now)) == 1
    }
}

extension RecordedAnswer {
    fileprivate var encoded: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("status", status)
        json.member("headers", .array(headers.map { .array($0.map { .string($0) }) }))
        json.member("body", Base64URL.encode(body))
        json.endObject()
        return json.bytes
    }

    fileprivate init?(decoding secret: Secret) {
        guard case .object(let members)? = try? JSONValue.parse(secret.withBytes { Array($0) }),
            let status = members["status"]?.integer, let headers = members["headers"]?.array,
            let body = members["body"]?.string.flatMap({ Base64URL.decode($0) })
        else { return nil }
        self.init(status: Int(status), headers: headers.compactMap(\.strings), body: body)
    }
}
