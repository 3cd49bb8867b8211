import Database
package import JOSE
import Logging
import Metrics

/// The durable queue of outgoing mail. A message is written in the transaction of what it tells of, sealed with a key
/// that is not in the database: links in waiting mail are no use to whoever reads the database.
package struct MailQueue: Sendable {
    let database: Database
    let random: RandomSource
    let keys: PurposeKeys
    let logger: Logger
    let counters: AttemptCounters

    /// Queues a message.
    ///
    /// - Parameter suppressed: written like any other and never sent, so that an address no one may sign in by costs
    ///   the same time as one that is known.
    func enqueue(
        _ message: MailMessage, suppressed: Bool, in transaction: Transaction, at now: Instant
    ) throws {
        _ = try transaction.insert(OutgoingMail.self, at: now, random: random) { id in
            let sealed = keys.mail.wrap(Secret(message.encoded), name: id.description, random: random)
            return try transaction.run(
                """
                INSERT INTO outgoing_mail (id, recipient, sealed_message, suppressed, attempts, next_attempt_at,
                    created_at)
                VALUES (?, ?, ?, ?, 0, ?, ?) ON CONFLICT (id) DO NOTHING
                """,
                .id(id), .text(message.recipient.text), .blob(sealed), .integer(suppressed ? 1 : 0), .time(now),
                .time(now))
        }
    }

    /// Sends what is due, one after the other. Answers how many messages it took from the queue.
    ///
    /// A crash between the transport's acceptance and the note of it sends a message twice. That is harmless: both say
    /// the same, and what they say works once.
    ///
    /// - Parameter now: asked before each message, for the one before may have taken its time.
    package func deliver(by transport: some MailTransport, at now: @autoclosure () -> Instant) async throws -> Int {
        var taken = 0
        while !Task.isCancelled, let (mail, content) = try await takeNext(at: now()) {
            taken += 1
            // What was begun is noted, even when the server stops meanwhile: else it would be sent again.
            try await Task.detached { [moment = now()] in
                try await attempt(mail, content, by: transport, at: moment)
            }.value
        }
        return taken
    }

    private func attempt(
        _ mail: OutgoingMail, _ content: Content, by transport: some MailTransport, at now: Instant
    ) async throws {
        switch content {
        case .suppressed:
            try await remove(mail.id)
        case .unreadable:
            try await bury(mail, cause: "It cannot be opened with this master key.", at: now)
        case .message(let message):
            do throws(MailRefusal) {
                try await transport.send(message, id: mail.id, at: now)
            } catch {
                return try await postpone(mail, after: error, at: now)
            }
            counters.accepted.increment()
            try await remove(mail.id)
        }
    }

    /// Takes the next due message under a lease, so that two nodes do not send it at once.
    private func takeNext(at now: Instant) async throws -> (mail: OutgoingMail, content: Content)? {
        let isWaiting = try await database.read { transaction in
            try transaction.row("SELECT 1 FROM outgoing_mail WHERE next_attempt_at <= ? LIMIT 1", .time(now)) != nil
        }
        guard isWaiting else { return nil }
        return try await database.write { transaction in
            let row = try transaction.row(
                """
                SELECT id, recipient, sealed_message, suppressed, attempts, next_attempt_at FROM outgoing_mail
                WHERE next_attempt_at <= ? ORDER BY next_attempt_at LIMIT 1
                """, .time(now))
            guard let row else { return nil }
            let mail = OutgoingMail(
                id: try row.id(0), attempts: try row.integer(4) + 1, nextAttemptAt: now + OutgoingMail.lease)
            _ = try transaction.run(
                "UPDATE outgoing_mail SET attempts = ?, next_attempt_at = ? WHERE id = ?",
                .integer(mail.attempts), .time(mail.nextAttemptAt), .id(mail.id))
            let isSuppressed = try row.integer(3) != 0
            return (mail, isSuppressed ? .suppressed : try content(row, id: mail.id))
        }
    }

    private func content(_ row: Row, id: OutgoingMail.ID) throws -> Content {
        guard let recipient = EmailAddress(try row.text(1)),
            let secret = keys.mail.unwrap(try row.blob(2), name: id.description),
            let message = MailMessage(recipient: recipient, decoding: secret)
        else { return .unreadable }
        return .message(message)
    }

    private func remove(_ id: OutgoingMail.ID) async throws {
        _ = try await database.write { try $0.run("DELETE FROM outgoing_mail WHERE id = ?", .id(id)) }
    }

    private func postpone(_ mail: OutgoingMail, after refusal: MailRefusal, at now: Instant) async throws {
        if case .permanent(let cause) = refusal { return try await bury(mail, cause: cause, at: now) }
        guard mail.attempts < OutgoingMail.maximumAttempts else {
            return try await bury(mail, cause: refusal.cause, at: now)
        }
        counters.postponed.increment()
        logger.warning(
            "Mail was not accepted",
            metadata: ["mail": "\(mail.id)", "attempt": "\(mail.attempts)", "cause": "\(refusal.cause)"])
        let next = now + OutgoingMail.delay(afterAttempt: mail.attempts)
        _ = try await database.write { transaction in
            try transaction.run(
                "UPDATE outgoing_mail SET next_attempt_at = ? WHERE id = ?", .time(next), .id(mail.id))
        }
    }

    /// Gives a message up, and keeps what an operator needs to know about it.
    private func bury(_ mail: OutgoingMail, cause: String, at now: Instant) async throws {
        counters.givenUp.increment()
        logger.error(
            "Mail is given up",
            metadata: ["mail": "\(mail.id)", "attempt": "\(mail.attempts)", "cause": "\(cause)"])
        try await database.write { try DeadLetter.bury(mail, cause: cause, in: $0, at: now) }
    }
}

/// What a row of the queue holds.
private enum Content: Sendable {
    case message(MailMessage)
    /// Not to be sent.
    case suppressed
    case unreadable
}

extension MailMessage {
    fileprivate var encoded: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("subject", subject)
        json.member("text", text)
        json.member("html", html)
        json.endObject()
        return json.bytes
    }

    fileprivate init?(recipient: EmailAddress, decoding secret: Secret) {
        guard case .object(let members)? = try? JSONValue.parse(secret.withBytes { Array($0) }),
            case .string(let subject)? = members["subject"], case .string(let text)? = members["text"],
            case .string(let html)? = members["html"]
        else { return nil }
        self.init(recipient: recipient, subject: subject, text: text, html: html)
    }
}
