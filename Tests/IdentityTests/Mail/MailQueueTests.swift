import Database
import JOSE
import Testing

@testable import Identity

@Suite("The queue of outgoing mail")
struct MailQueueTests {
    @Test("delivers what waits, once, in the order it was written, over a restart", arguments: Engine.all)
    func delivery(engine: Engine) async throws {
        var world = try await World(engine)
        for index in 0..<3 {
            try await world.enqueue("p\(index)@example.com", at: .start + .seconds(index))
        }
        world = try await world.restarted()
        let outbox = Outbox()
        let later = Instant.start + .seconds(3)
        #expect(try await world.provider.mail.deliver(by: outbox, at: later) == 3)
        #expect(outbox.sent.map(\.recipient.text) == ["p0@example.com", "p1@example.com", "p2@example.com"])
        #expect(outbox.sent.first == (try World.message("p0@example.com")))
        #expect(try await world.provider.mail.deliver(by: outbox, at: later) == 0)
        #expect(try await world.waiting == 0)
    }

    @Test("sends nothing before its time, nor what is suppressed", arguments: Engine.all)
    func notDue(engine: Engine) async throws {
        let world = try await World(engine)
        let outbox = Outbox()
        try await world.enqueue(at: .start + .seconds(10))
        #expect(try await world.provider.mail.deliver(by: outbox, at: .start + .seconds(9)) == 0)
        try await world.enqueue("eve@example.com", suppressed: true, at: .start)
        #expect(try await world.provider.mail.deliver(by: outbox, at: .start + .seconds(9)) == 1)
        #expect(outbox.sent.isEmpty)
        #expect(try await world.waiting == 1)
    }

    @Test("tries again after 5, 10, 20 … seconds, and has a dead letter after the eighth time", arguments: Engine.all)
    func retries(engine: Engine) async throws {
        let world = try await World(engine)
        let outbox = Outbox(refusing: .temporary("4.3.0 later"))
        try await world.enqueue()
        var now = Instant.start
        for delay in [5, 10, 20, 40, 80, 160, 320] {
            #expect(try await world.provider.mail.deliver(by: outbox, at: now) == 1)
            let next = now + .seconds(delay)
            #expect(try await world.provider.mail.deliver(by: outbox, at: next - .microseconds(1)) == 0)
            now = next
        }
        #expect(try await world.waiting == 1)
        #expect(try await world.provider.mail.deliver(by: outbox, at: now) == 1)
        #expect(outbox.sent.count == 8)
        #expect(try await world.waiting == 0)
        let dead = try #require(try await world.provider.mail.deadLetters().first)
        #expect((dead.recipient, dead.attempts, dead.cause) == ("ada@example.com", 8, "4.3.0 later"))
        #expect((dead.createdAt, dead.failedAt) == (.start, now))
    }

    @Test("has a dead letter at once of what is refused for ever, and goes on with the others", arguments: Engine.all)
    func permanentRefusal(engine: Engine) async throws {
        let world = try await World(engine)
        let mail = world.provider.mail
        try await world.enqueue("gone@example.com")
        try await world.enqueue("eve@example.com", suppressed: true)
        let refusing = Outbox(refusing: .permanent(String(repeating: "5.1.1 no such user ", count: 100)))
        #expect(try await mail.deliver(by: refusing, at: .start) == 2)
        #expect(refusing.sent.map(\.recipient.text) == ["gone@example.com"])
        #expect(try await mail.lengths() == MailQueue.Lengths(waiting: 0, dead: 1))
        let dead = try #require(try await mail.deadLetters().first)
        #expect((dead.recipient, dead.attempts, dead.failedAt) == ("gone@example.com", 1, .start))
        #expect(dead.cause.count == DeadLetter.maximumCauseLength)

        try await world.enqueue("bob@example.com")
        #expect(try await mail.lengths() == MailQueue.Lengths(waiting: 1, dead: 1))
        let outbox = Outbox()
        #expect(try await mail.deliver(by: outbox, at: .start) == 1)
        #expect(outbox.sent.map(\.recipient.text) == ["bob@example.com"])
    }

    @Test("keeps dead letters for thirty days, the newest shown first", arguments: Engine.all)
    func sweeping(engine: Engine) async throws {
        let world = try await World(engine)
        let mail = world.provider.mail
        for (index, day) in [0, 1].enumerated() {
            let now = Instant.start + .seconds(day * 86_400)
            try await world.enqueue("p\(index)@example.com", at: now)
            _ = try await mail.deliver(by: Outbox(refusing: .permanent("no")), at: now)
        }
        #expect(try await mail.deadLetters().map(\.recipient) == ["p1@example.com", "p0@example.com"])
        #expect(try await mail.deadLetters(limit: 1).map(\.recipient) == ["p1@example.com"])
        let month = Instant.start + .seconds(30 * 86_400)
        #expect(try await world.provider.sweep.removeBatch(at: month) == 0)
        #expect(try await world.provider.sweep.removeBatch(at: month + .microseconds(1)) == 1)
        #expect(try await mail.deadLetters().map(\.recipient) == ["p1@example.com"])
    }

    @Test("may send twice after a crash, and what it sent works once", arguments: Engine.all)
    func crashAfterAcceptance(engine: Engine) async throws {
        var world = try await World(engine)
        let browser = OneTimeSecret(random: .system)
        let letter = try await world.link(by: .browser(browser, returnTo: "/"))
        let outbox = Outbox()
        // Nobody lives to hear that the message was accepted: it stays under its lease, as a crash leaves it.
        await #expect(throws: DatabaseFailure.self) {
            try await world.provider.mail.deliver(
                by: LastWords(outbox: outbox, database: world.database), at: .start)
        }
        world = try await world.restarted()
        let mail = world.provider.mail
        #expect(try await mail.deliver(by: outbox, at: .start) == 0)
        #expect(try await mail.deliver(by: outbox, at: .start + .seconds(60)) == 1)
        #expect(outbox.sent.count == 2)
        #expect(Set(outbox.sent).count == 1)

        let signIn = world.provider.magicLinkSignIn
        let outcomes = try await inParallel(2) { _ in
            try await signIn.spend(letter.token, browser: browser, at: .start + .seconds(60), from: .desk)
        }
        #expect(outcomes.count { $0.refusal == nil } == 1)
        #expect(outcomes.count { $0.refusal == .used } == 1)
    }

    @Test(
        "notes what was accepted even when the server stops meanwhile, and begins nothing more", arguments: Engine.all)
    func stopping(engine: Engine) async throws {
        let world = try await World(engine)
        for index in 0..<2 { try await world.enqueue("p\(index)@example.com", at: .start + .seconds(index)) }
        let (queue, outbox) = (world.provider.mail, Outbox())
        let sender = PausingSender(outbox: outbox)
        let taken = try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask { try await queue.deliver(by: sender, at: .start + .seconds(1)) }
            await sender.accepted.wait()
            group.cancelAll()
            sender.goOn.open()
            return try await group.next()
        }
        #expect(taken == 1)
        #expect(outbox.sent.map(\.recipient.text) == ["p0@example.com"])
        #expect(try await world.waiting == 1)
    }

    @Test("goes on with the others when one is turned away, and delivers that one later", arguments: Engine.all)
    func oneFails(engine: Engine) async throws {
        let world = try await World(engine)
        try await world.enqueue()
        #expect(try await world.provider.mail.deliver(by: Outbox(refusing: .temporary("4.3.0 later")), at: .start) == 1)
        try await world.enqueue("bob@example.com")
        let outbox = Outbox()
        #expect(try await world.provider.mail.deliver(by: outbox, at: .start) == 1)
        #expect(try await world.provider.mail.deliver(by: outbox, at: .start + .seconds(5)) == 1)
        #expect(outbox.sent.map(\.recipient.text) == ["bob@example.com", "ada@example.com"])
    }

    @Test("lends each message to one sender at a time, for a minute", arguments: Engine.all)
    func lease(engine: Engine) async throws {
        let world = try await World(engine)
        try await world.enqueue()
        let (other, late) = (Outbox(), Outbox())
        let queue = world.provider.mail
        // While one node sends, another looks, and looks again when the first seems to be gone.
        let end = Instant.start + .seconds(60)
        let sender = SlowSender(queue: queue, others: [(other, end - .microseconds(1)), (late, end)])
        #expect(try await queue.deliver(by: sender, at: .start) == 1)
        #expect(other.sent.isEmpty)
        #expect(late.sent.count == 1)
        #expect(try await world.waiting == 0)
    }

    @Test("by many senders at once sends each message once", arguments: Engine.all)
    func senders(engine: Engine) async throws {
        let world = try await World(engine)
        for index in 0..<30 { try await world.enqueue("p\(index)@example.com") }
        let outbox = Outbox()
        let taken = try await inParallel(8) { _ in try await world.provider.mail.deliver(by: outbox, at: .start) }
        #expect(taken.reduce(0, +) == 30)
        #expect(Set(outbox.sent.map(\.recipient.text)).count == 30)
        #expect(outbox.sent.count == 30)
    }

    @Test("keeps what it says under a key: no word of it is in the files", arguments: Engine.withFiles)
    func sealed(engine: Engine) async throws {
        let world = try await World(engine)
        try await world.enqueue()
        #expect(try world.stores("ada@example.com"))
        for text in ["Subject of the canary", "Text of the canary", "<p>Canary</p>"] {
            #expect(try !world.stores(text))
        }
    }

    @Test("has a dead letter of what it cannot open, and delivers the rest", arguments: Engine.all)
    func unreadable(engine: Engine) async throws {
        let world = try await World(engine)
        for index in 0..<2 { try await world.enqueue("p\(index)@example.com", at: .start + .seconds(index)) }
        // One row's message does not open in another's place.
        try await world.tamper(
            """
            UPDATE outgoing_mail SET sealed_message = (
                SELECT m.sealed_message FROM outgoing_mail m WHERE m.recipient = 'p0@example.com'
            ) WHERE recipient = 'p1@example.com'
            """)
        let outbox = Outbox()
        #expect(try await world.provider.mail.deliver(by: outbox, at: .start + .seconds(2)) == 2)
        #expect(outbox.sent.map(\.recipient.text) == ["p0@example.com"])
        #expect(try await world.waiting == 0)
        #expect(try await world.provider.mail.deadLetters().map(\.recipient) == ["p1@example.com"])
    }

    @Test("opens what was sealed under the former master key", arguments: Engine.all)
    func formerKey(engine: Engine) async throws {
        var world = try await World(engine)
        try await world.enqueue()
        world = try await world.restarted(master: .second, former: .first)
        let outbox = Outbox()
        _ = try await world.provider.mail.deliver(by: outbox, at: .start)
        #expect(outbox.sent.count == 1)
    }
}

/// A mail server so slow that others deliver meanwhile.
private struct SlowSender: MailTransport {
    let queue: MailQueue
    let others: [(outbox: Outbox, now: Instant)]

    func send(_ message: MailMessage, id: OutgoingMail.ID, at now: Instant) async throws(MailRefusal) {
        for (outbox, now) in others {
            do {
                _ = try await queue.deliver(by: outbox, at: now)
            } catch {
                throw .temporary("\(error)")
            }
        }
    }
}

/// Accepts a message, after which this process can note nothing any more.
private struct LastWords: MailTransport {
    let outbox: Outbox
    let database: Database

    func send(_ message: MailMessage, id: OutgoingMail.ID, at now: Instant) async throws(MailRefusal) {
        try outbox.send(message, id: id, at: now)
        try? await database.close()
    }
}

/// Accepts a message, and says so only when it may.
private struct PausingSender: MailTransport {
    let outbox: Outbox
    let accepted = Gate()
    let goOn = Gate()

    func send(_ message: MailMessage, id: OutgoingMail.ID, at now: Instant) async throws(MailRefusal) {
        try outbox.send(message, id: id, at: now)
        accepted.open()
        await goOn.wait()
    }
}

/// Opens once.
private struct Gate {
    private let gate = AsyncStream<Void>.makeStream()

    func open() { gate.continuation.finish() }
    func wait() async { for await _ in gate.stream {} }
}

extension World {
    fileprivate static func message(_ recipient: String) throws -> MailMessage {
        MailMessage(
            recipient: try #require(EmailAddress(recipient)), subject: "Subject of the canary",
            text: "Text of the canary\n", html: "<p>Canary</p>")
    }

    fileprivate func enqueue(
        _ recipient: String = "ada@example.com", suppressed: Bool = false, at now: Instant = .start
    ) async throws {
        let (message, mail) = (try Self.message(recipient), provider.mail)
        try await database.write { try mail.enqueue(message, suppressed: suppressed, in: $0, at: now) }
    }

    fileprivate var waiting: Int64 {
        get async throws { try await number("SELECT COUNT(*) FROM outgoing_mail") }
    }
}
