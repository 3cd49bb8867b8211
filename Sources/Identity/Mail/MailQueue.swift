import Database
package import JOSE
import Logging

/// The durable queue of outgoing mail. A message is written in the transaction of what it tells of, sealed with a key
/// that is not in the database: links in waiting mail are no use to whoever reads the database.
package struct MailQueue: Sendable {
    let database: Database
    let random: RandomSource
    let keys: PurposeKeys
    let logger: Logger

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
    package func deliver(by transport: some MailTransport, at now: Instant) async throws -> Int {
        var taken = 0
        while let (mail, message) = try await takeNext(at: now) {
            taken += 1
            guard let message else {
                try await remove(mail.id)
                continue
            }
            do {
                try await transport.send(message, id: mail.id, at: now)
            } catch {
                try await postpone(mail, after: error, at: now)
                continue
            }
            try await remove(mail.id)
        }
        return taken
    }

    /// Takes the next due message under a lease, so that two nodes do not send it at once. The message is nil when it
    /// is not to be sent, or cannot be read any more.
    private func takeNext(at now: Instant) async throws -> (mail: OutgoingMail, message: MailMessage?)? {
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
            return (mail, isSuppressed ? nil : try message(row, id: mail.id))
        }
    }

    private func message(_ row: Row, id: OutgoingMail.ID) throws -> MailMessage? {
        guard let recipient = EmailAddress(try row.text(1)),
            let secret = keys.mail.unwrap(try row.blob(2), name: id.description)
        else {
            logger.error("A queued message cannot be opened and is dropped", metadata: ["mail": "\(id)"])
            return nil
        }
        return MailMessage(recipient: recipient, decoding: secret)
    }

    private func remove(_ id: OutgoingMail.ID) async throws {
        _ = try await database.write { try $0.run("DELETE FROM outgoing_mail WHERE id = ?", .id(id)) }
    }

    private func postpone(_ mail: OutgoingMail, after error: any Error, at now: Instant) async throws {
        let isLast = mail.attempts >= OutgoingMail.maximumAttempts
        logger.warning(
            "Mail was not accepted\(isLast ? " and is given up" : "")",
            metadata: ["mail": "\(mail.id)", "attempt": "\(mail.attempts)", "cause": "\(error)"])
        if isLast { return try await remove(mail.id) }
        let next = now + OutgoingMail.delay(afterAttempt: mail.attempts)
        _ = try await database.write { transaction in
            try transaction.run(
                "UPDATE outgoing_mail SET next_attempt_at = ? WHERE id = ?", .time(next), .id(mail.id))
        }
    }
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
