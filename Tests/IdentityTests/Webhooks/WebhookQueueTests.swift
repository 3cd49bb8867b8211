import Database
import JOSE
import Testing

@testable import Identity

@Suite("The queue of messages to webhooks")
struct WebhookQueueTests {
    /// A webhook with one message that waits.
    private func waiting(
        _ world: World
    ) async throws -> (id: Webhook.ID, actor: APITokens.Actor, ada: Visitor) {
        let (ada, actor) = try await world.admin()
        let id = try await world.webhook(by: actor).webhook.id
        try await world.rename(ada, to: "Acme")
        return (id, actor, ada)
    }

    @Test("tries again after longer and longer pauses, over restarts, until it is taken", arguments: Engine.all)
    func retries(engine: Engine) async throws {
        var world = try await World(engine)
        let (id, actor, _) = try await waiting(world)
        let receiver = Receiver([.broken, .failed(cause: "No answer."), .answered(status: 302, body: ""), .taken])
        var now = Instant.start
        for attempt: Int64 in 1...3 {
            #expect(try await world.send(to: id, receiver, at: now) == 1)
            world = try await world.restarted()
            let delivery = try #require(try await world.deliveries(of: id, by: actor).first)
            #expect(delivery.state == .waiting && delivery.attempts == attempt)
            let next = try #require(delivery.nextAttemptAt)
            #expect(next > now && next <= now + WebhookDelivery.delay(afterAttempt: attempt, chance: 1_000))
            #expect(try await world.send(to: id, receiver, at: next - .microseconds(1)) == 0)
            now = next
        }
        #expect(try await world.send(to: id, receiver, at: now) == 1)
        let delivery = try #require(try await world.deliveries(of: id, by: actor).first)
        #expect(delivery.state == .delivered && delivery.attempts == 4 && delivery.nextAttemptAt == nil)
        #expect(delivery.last?.status == 204 && delivery.last?.cause == nil)
        #expect(Set(receiver.received.map { $0.header("webhook-id") }).count == 1)
        #expect(Set(receiver.received.map(\.body)).count == 1)
        #expect(try await world.send(to: id, receiver, at: now + .seconds(86_400)) == 0)
    }

    @Test("gives a message up after twelve attempts, shows it, and sends it again by hand", arguments: Engine.all)
    func dead(engine: Engine) async throws {
        let world = try await World(engine)
        let (id, actor, _) = try await waiting(world)
        let long = String(repeating: "x", count: 5_000)
        let receiver = Receiver([.answered(status: 503, body: long)])
        var now = Instant.start
        for _ in 0..<12 {
            #expect(try await world.send(to: id, receiver, at: now) == 1)
            now = try await world.deliveries(of: id, by: actor).first?.nextAttemptAt ?? now
        }
        #expect(now - .start > .seconds(18 * 3_600))
        let dead = try #require(try await world.deliveries(of: id, by: actor, .dead).first)
        #expect(dead.attempts == 12 && dead.last?.answer.count == WebhookDelivery.maximumAnswerLength)
        #expect(dead.last?.cause == "It answered 503.")
        #expect(try await world.provider.webhooks.find(id, by: actor).get().isEnabled)
        let replay = try await world.provider.webhooks.replay(dead.id, by: actor, at: now, from: .desk).get()
        #expect(replay.replayOf == dead.id && replay.messageID == dead.messageID && replay.body == dead.body)
        #expect(
            try await world.provider.webhooks.replay(replay.id, by: actor, at: now, from: .desk).refusal
                == .stillWaiting)
        let taker = Receiver([.taken])
        try await world.send(to: id, taker, at: now)
        // The replay is an event too.
        #expect(taker.received.contains { $0.header("webhook-id") == dead.messageID })
        #expect(try await world.deliveries(of: id, by: actor, .dead).count == 1)
    }

    @Test(
        "switches an endpoint off that took nothing for three days, and tells the admins by mail", arguments: Engine.all
    )
    func switchedOff(engine: Engine) async throws {
        let world = try await World(engine)
        let (id, actor, ada) = try await waiting(world)
        let bob = try await world.visitor("bob@example.com")
        try await world.join(bob, ada.organization.id, as: .member)
        try await world.tamper("DELETE FROM outgoing_mail")
        let receiver = Receiver([.broken])
        try await world.send(to: id, receiver)
        let days = Instant.start + .seconds(3 * 86_400)
        // The last attempt of a message three days later: only its death counts, not every failure.
        try await world.tamper(
            "UPDATE webhook_deliveries SET attempts = 10, next_attempt_at = 1 WHERE state = 'waiting'")
        try await world.send(to: id, receiver, at: days)
        #expect(try await world.provider.webhooks.find(id, by: actor).get().isEnabled)
        try await world.tamper(
            "UPDATE webhook_deliveries SET attempts = 11, next_attempt_at = 1 WHERE state = 'waiting'")
        try await world.send(to: id, receiver, at: days)
        let webhook = try await world.provider.webhooks.find(id, by: actor).get()
        #expect(webhook.disabled == Webhook.Disabled(at: days, reason: .failing))
        #expect(try await world.count(.webhookSwitchedOff) == 1)
        let outbox = Outbox()
        _ = try await world.provider.mail.deliver(by: outbox, at: days)
        #expect(outbox.sent.map(\.recipient.text) == ["ada@example.com"])
        #expect(outbox.sent.first?.text.contains("hooks.example.com") == true)

        // What happens while it is off is not queued; what waits is not sent; switched on, it begins anew.
        try await world.rename(ada, to: "Off", at: days)
        #expect(try await world.send(to: id, receiver, at: days + .seconds(86_400)) == 0)
        #expect(
            try await world.provider.webhooks.test(id, by: actor, at: days, from: .desk).refusal == .disabled)
        let on = try await world.provider.webhooks.update(
            id, .init(isEnabled: true), by: actor, at: days, from: .desk
        ).get()
        #expect(on.isEnabled && on.failingSince == nil)
        let bodies = try await world.deliveries(of: id, by: actor).map(\.body)
        #expect(!bodies.contains { $0.contains("Off") })
    }

    @Test("one success ends the count of failing days; 410 switches off at once", arguments: Engine.all)
    func recovery(engine: Engine) async throws {
        let world = try await World(engine)
        let (id, actor, ada) = try await waiting(world)
        let receiver = Receiver([.broken, .taken, .answered(status: 410, body: "")])
        try await world.send(to: id, receiver)
        #expect(try await world.provider.webhooks.find(id, by: actor).get().failingSince == .start)
        try await world.send(to: id, receiver, at: .start + .seconds(6))
        #expect(try await world.provider.webhooks.find(id, by: actor).get().failingSince == nil)
        try await world.rename(ada, to: "Again", at: .start + .seconds(7))
        try await world.send(to: id, receiver, at: .start + .seconds(7))
        #expect(try await world.provider.webhooks.find(id, by: actor).get().disabled?.reason == .gone)
        #expect(try await world.deliveries(of: id, by: actor, .dead).count == 1)
    }

    @Test("is sent by one of two nodes, and by another when the first died on the way", arguments: Engine.all)
    func nodes(engine: Engine) async throws {
        let world = try await World(engine)
        let (id, _, ada) = try await waiting(world)
        for index in 0..<9 { try await world.rename(ada, to: "Name \(index)") }
        let (queue, receiver) = (world.provider.webhookQueue, Receiver([.taken]))
        let counts = try await inParallel(6) { _ in
            try await queue.deliver(to: id, atMost: 100, by: receiver, at: { .start })
        }
        #expect(receiver.received.count == 10 && counts.reduce(0, +) == 10)
        #expect(Set(receiver.received.map { $0.header("webhook-id") }).count == 10)
        // Taken, and never heard of again.
        try await world.rename(ada, to: "Lost")
        _ = try await world.database.write { try WebhookDelivery.take(of: id, in: $0, at: .start) }
        #expect(try await world.send(to: id, receiver, at: .start + .seconds(59)) == 0)
        #expect(try await world.send(to: id, receiver, at: .start + .seconds(60)) == 1)
    }

    @Test("an answer that comes when another node has taken over changes nothing", arguments: Engine.all)
    func lateAnswer(engine: Engine) async throws {
        let world = try await World(engine)
        let (id, actor, _) = try await waiting(world)
        let first = try #require(
            try await world.database.write { try WebhookDelivery.take(of: id, in: $0, at: .start) })
        let later = Instant.start + WebhookDelivery.lease
        _ = try await world.database.write { try WebhookDelivery.take(of: id, in: $0, at: later) }
        let late = first.after(.taken, begun: .start, at: later, chance: 0)
        #expect(try await world.database.write { try late.saveAttempt(in: $0) } == false)
        #expect(try await world.deliveries(of: id, by: actor).first?.state == .waiting)
    }

    @Test("an endpoint that does not answer holds up itself alone, and each has its turn", arguments: Engine.all)
    func turns(engine: Engine) async throws {
        let world = try await World(engine)
        let (dead, actor, ada) = try await waiting(world)
        let (_, eve) = try await world.admin("eve@example.com")
        let others = [
            try await world.webhook(by: actor).webhook.id, try await world.webhook(by: eve).webhook.id,
        ]
        try await world.tamper("DELETE FROM webhook_deliveries")
        for index in 0..<5 { try await world.rename(ada, to: "Name \(index)") }
        _ = try await world.provider.webhooks.test(others[1], by: eve, at: .start, from: .desk).get()
        let silent = Receiver([.failed(cause: "No answer within 15 seconds.")])
        #expect(try await world.send(to: dead, silent) == 1)
        let taker = Receiver([.taken])
        #expect(try await world.send(to: others[0], taker) == 5)
        try await world.rename(ada, to: "More")
        let queue = world.provider.webhookQueue
        let ids = ([dead] + others).sorted()
        #expect(try await queue.due(after: nil, at: .start).map(\.webhook) == ids)
        #expect(try await queue.due(after: ids[0], at: .start).map(\.webhook) == [ids[1], ids[2], ids[0]])
        #expect(try await queue.due(after: nil, at: .start - .seconds(1)).isEmpty)
    }

    @Test("a restore sends nothing that waited in the copy, and keeps the webhooks", arguments: Engine.all)
    func restore(engine: Engine) async throws {
        let world = try await World(engine)
        let (id, _, _) = try await waiting(world)
        _ = try await Restoration(database: world.database).finish(takenAt: nil, at: .start)
        #expect(try await world.number("SELECT COUNT(*) FROM webhook_deliveries") == 0)
        #expect(try await world.number("SELECT COUNT(*) FROM webhooks WHERE id = ?", .integer(id.rawValue)) == 1)
    }
}
