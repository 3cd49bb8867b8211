import Database
import JOSE
import Testing

@testable import Identity

@Suite("Webhooks")
struct WebhookTests {
    @Test("are told of the events they chose, and of no other, in the transaction of the change", arguments: Engine.all)
    func fanOut(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, actor) = try await world.admin()
        let (_, eve) = try await world.admin("eve@example.com")
        let renames = try await world.webhook(events: ["organization.renamed"], by: actor).webhook.id
        let all = try await world.webhook(by: actor).webhook.id
        let tokens = try await world.webhook(events: ["API_TOKEN_ISSUED"], by: actor).webhook.id
        let others = try await world.webhook(by: eve).webhook.id
        try await world.tamper("DELETE FROM webhook_deliveries")
        try await world.rename(ada, to: "Acme")
        for (webhook, count) in [(renames, 1), (all, 1), (tokens, 0)] {
            #expect(try await world.deliveries(of: webhook, by: actor).count == count)
        }
        #expect(try await world.deliveries(of: others, by: eve).isEmpty)

        let receiver = Receiver([.taken])
        #expect(try await world.send(to: renames, receiver) == 1)
        let message = try #require(receiver.received.first)
        let json = try message.json
        #expect(json.members.map(\.name) == ["type", "timestamp", "data"])
        #expect(json["type"]?.string == "organization.renamed")
        let event = try #require(json["data"]?.object)
        #expect(event["id"]?.string == message.header("webhook-id"))
        #expect(event["after"]?.object?["name"]?.string == "Acme")
        #expect(event["actor"]?.object?["email"]?.string == "ada@example.com")

        // A change that is undone has told nobody.
        let organization = ada.organization.id
        let audit = world.provider.audit
        await #expect(throws: CancellationError.self) {
            try await world.database.write { transaction in
                try audit.record(
                    AuditEvent(.organizationRenamed, organization: organization), in: transaction, at: .start,
                    from: .desk)
                throw CancellationError()
            }
        }
        #expect(try await world.deliveries(of: renames, by: actor).count == 1)
    }

    @Test("sign with their secret, and during an overlap with both", arguments: Engine.all)
    func signatures(engine: Engine) async throws {
        var world = try await World(engine)
        let (_, actor) = try await world.admin()
        let first = try await world.webhook(by: actor)
        let id = first.webhook.id
        let second = try await world.provider.webhooks.rotate(
            id, overlap: .seconds(60), by: actor, at: .start, from: .desk
        ).get()
        #expect(first.secret.text != second.secret.text)
        world = try await world.restarted()
        let receiver = Receiver([.taken])
        try await world.send(to: id, receiver, at: .start + .seconds(59))
        let during = try #require(receiver.received.first)
        let expected = [second, first].map {
            $0.secret.signature(
                id: during.header("webhook-id") ?? "", timestamp: Instant.start.seconds + 59, body: during.body)
        }
        #expect(during.header("webhook-signature") == expected.joined(separator: " "))
        #expect(during.header("webhook-timestamp") == "\(Instant.start.seconds + 59)")
        _ = try await world.provider.webhooks.test(id, by: actor, at: .start + .seconds(60), from: .desk).get()
        try await world.send(to: id, receiver, at: .start + .seconds(60))
        let after = try #require(receiver.received.last)
        #expect(after.header("webhook-signature")?.contains(" ") == false)
        guard Engine.withFiles.contains(engine) else { return }
        for given in [first, second] { #expect(try !world.stores(given.secret.text)) }
    }

    @Test("need a second factor to be made, rotated and led elsewhere, and a role for all", arguments: Engine.all)
    func permissions(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, actor) = try await world.admin()
        let (webhooks, id) = (world.provider.webhooks, try await world.webhook(by: actor).webhook.id)
        let unproven = try await world.actor(ada, isProven: false)
        let draft = Webhooks.Draft(url: try .example(), events: try WebhookEvents.parse(["*"]).get())
        let elsewhere = Webhooks.Change(url: try .example("https://evil.example/"))
        #expect(
            try await webhooks.create(draft, by: unproven, at: .start, from: .desk).refusal == .stepUpRequired)
        #expect(
            try await webhooks.rotate(id, overlap: .zero, by: unproven, at: .start, from: .desk).refusal
                == .stepUpRequired)
        #expect(
            try await webhooks.update(id, elsewhere, by: unproven, at: .start, from: .desk).refusal == .stepUpRequired)
        let off = Webhooks.Change(isEnabled: false)
        #expect(try await webhooks.update(id, off, by: unproven, at: .start, from: .desk).refusal == nil)

        let bob = try await world.visitor("bob@example.com")
        try await world.join(bob, ada.organization.id, as: .member)
        let member = try await world.actor(bob.working(in: ada.organization))
        #expect(try await webhooks.list(.first, by: member).refusal == .notAllowed(.readWebhooks))
        #expect(
            try await webhooks.create(draft, by: member, at: .start, from: .desk).refusal
                == .notAllowed(.manageWebhooks))
        #expect(
            try await webhooks.delete(id, by: member, at: .start, from: .desk).refusal == .notAllowed(.manageWebhooks))
    }

    @Test("are nobody's but their own organization's, under whatever name", arguments: Engine.all)
    func tenants(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, actor) = try await world.admin()
        let (_, eve) = try await world.admin("eve@example.com")
        let (webhooks, id) = (world.provider.webhooks, try await world.webhook(by: actor).webhook.id)
        let test = try await webhooks.test(id, by: actor, at: .start, from: .desk).get()
        try await world.send(to: id, Receiver([.taken]))
        #expect(try await webhooks.find(id, by: eve).refusal == .unknown)
        #expect(try await webhooks.deliveries(.first, nil, of: id, by: eve).refusal == .unknown)
        #expect(try await webhooks.replay(test.id, by: eve, at: .start, from: .desk).refusal == .unknown)
        #expect(try await webhooks.delete(id, by: eve, at: .start, from: .desk).refusal == .unknown)
        #expect(try await webhooks.test(id, by: eve, at: .start, from: .desk).refusal == .unknown)
        #expect(try await webhooks.list(.first, by: eve).get().total == 0)
        #expect(try await webhooks.find(id, by: actor).get().isEnabled)
    }

    @Test("are twenty at most; deleted ones are gone with what waits for them", arguments: Engine.all)
    func limits(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, actor) = try await world.admin()
        for _ in 0..<Webhook.maximumCount { _ = try await world.webhook(events: ["membership.ended"], by: actor) }
        let draft = Webhooks.Draft(url: try .example(), events: try WebhookEvents.parse(["*"]).get())
        let webhooks = world.provider.webhooks
        #expect(try await webhooks.create(draft, by: actor, at: .start, from: .desk).refusal == .tooMany)
        let last = try #require(try await webhooks.list(.first, by: actor).get().items.first).id
        _ = try await webhooks.test(last, by: actor, at: .start, from: .desk).get()
        _ = try await webhooks.delete(last, by: actor, at: .start, from: .desk).get()
        let receiver = Receiver([.taken])
        #expect(try await world.send(to: last, receiver) == 0 && receiver.received.isEmpty)
        #expect(try await webhooks.find(last, by: actor).refusal == .unknown)
        #expect(try await world.number("SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'waiting'") == 0)
        #expect(try await webhooks.create(draft, by: actor, at: .start, from: .desk).refusal == nil)
        try await world.rename(ada, to: "Acme")
        let later = Instant.start + .seconds(61 * 86_400)
        while try await world.provider.sweep.removeBatch(at: later) > 0 {}
        #expect(try await world.number("SELECT COUNT(*) FROM webhooks") == Webhook.maximumCount)
        #expect(try await world.number("SELECT COUNT(*) FROM webhook_deliveries") == 0)
    }

    @Test("tell in the audit each value that changed, and nothing when none did", arguments: Engine.all)
    func audited(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, actor) = try await world.admin()
        let (webhooks, id) = (world.provider.webhooks, try await world.webhook(by: actor).webhook.id)
        let events = try WebhookEvents.parse(["membership.ended"]).get()
        let change = Webhooks.Change(url: try .example("https://new.example.com/"), events: events, isEnabled: false)
        let later = Instant.start + .seconds(1)
        for _ in 0..<2 { _ = try await webhooks.update(id, change, by: actor, at: later, from: .desk).get() }
        let filter = AuditFilter(events: [.webhookCreated, .webhookUpdated])
        let records = try await world.provider.auditLog.list(
            .first, filter, of: ada.organization.id, by: ada.user.id
        ).get().items
        #expect(records.map(\.event) == ["webhook.updated", "webhook.created"])
        let updated = try #require(records.first)
        #expect(updated.before["url"]?.string == "https://hooks.example.com/latchkey")
        #expect(updated.after["url"]?.string == "https://new.example.com/")
        #expect(updated.before["events"]?.string == "*" && updated.after["events"]?.string == "membership.ended")
        #expect(updated.before["enabled"]?.string == "true" && updated.after["enabled"]?.string == "false")
        #expect(records.last?.after["url"]?.string == "https://hooks.example.com/latchkey")
    }

    @Test("a change that cannot be told in the audit does not happen", arguments: Engine.all)
    func writeThatCannotBeAudited(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, actor) = try await world.admin()
        let id = try await world.webhook(by: actor).webhook.id
        let broken = Webhooks(
            database: world.database, random: .system, keys: .first, audit: try await world.brokenAudit(),
            logins: world.provider.logins,
            allowsLoopback: false)
        let draft = Webhooks.Draft(url: try .example(), events: try WebhookEvents.parse(["*"]).get())
        let changes: [@Sendable () async throws -> Void] = [
            { _ = try await broken.create(draft, by: actor, at: .start, from: .desk) },
            { _ = try await broken.update(id, .init(isEnabled: false), by: actor, at: .start, from: .desk) },
            { _ = try await broken.rotate(id, overlap: .zero, by: actor, at: .start, from: .desk) },
            { _ = try await broken.delete(id, by: actor, at: .start, from: .desk) },
            { _ = try await broken.test(id, by: actor, at: .start, from: .desk) },
        ]
        let state =
            "SELECT COUNT(*) * 1000 + CAST(SUM(generation) AS INTEGER) - COUNT(disabled_at) - COUNT(deleted_at) * 10 "
            + "+ (SELECT COUNT(*) FROM webhook_deliveries) * 100000 FROM webhooks"
        let before = try await world.number(state)
        for change in changes {
            await #expect(throws: DatabaseFailure.self) { try await change() }
            #expect(try await world.number(state) == before)
        }
    }
}
