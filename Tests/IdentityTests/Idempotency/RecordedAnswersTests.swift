import Database
import Foundation
import JOSE
import Testing

@testable import Identity

@Suite("Answers of repeated calls")
struct RecordedAnswersTests {
    /// Founds an organization as a call with a key does.
    private func found(
        _ world: World, _ ada: Visitor, _ call: RepeatableCall, name: String = "Acme", at now: Instant = .start
    ) async throws -> Result<Membership, OrganizationRefusal> {
        let recording: Recording<Membership> = world.provider.recordedAnswers.recording(call, at: now) { membership in
            RecordedAnswer(status: 201, headers: [["A", "b"]], body: Array(membership.organization.slug.utf8))
        }
        return try await world.provider.organizations.found(
            name: name, slug: nil, by: ada.login, at: now, from: .desk, recording: recording)
    }

    @Test(
        "are there as soon as the change is: a process that dies after the commit has left its answer",
        arguments: Engine.all)
    func sameTransaction(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, call) = (try await world.visitor(), world.call())
        let slug = try await found(world, ada, call).get().organization.slug
        let next = try await world.restarted()
        let answer = try await next.provider.recordedAnswers.find(call, at: .start).get()
        #expect(answer == RecordedAnswer(status: 201, headers: [["A", "b"]], body: Array(slug.utf8)))
    }

    @Test("are not there when the change is not", arguments: Engine.all)
    func rollback(engine: Engine) async throws {
        struct Death: Error {}
        let world = try await World(engine)
        let (ada, call) = (try await world.visitor(), world.call())
        let before = try await world.tally()
        let recording: Recording<Membership> = world.provider.recordedAnswers.recording(call, at: .start) { _ in
            throw Death()
        }
        await #expect(throws: Death.self) {
            _ = try await world.provider.organizations.found(
                name: "Acme", slug: nil, by: ada.login, at: .start, from: .desk, recording: recording)
        }
        #expect(try await world.tally() == before)
        #expect(try await world.provider.recordedAnswers.find(call, at: .start).get() == nil)
        #expect(try await found(world, ada, call).refusal == nil)
    }

    @Test("fifty calls with one key at once: one is done, the others are undone", arguments: Engine.all)
    func race(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, call) = (try await world.visitor(), world.call())
        let done = try await inParallel(50) { _ in
            do {
                return try await found(world, ada, call).refusal == nil
            } catch is AnsweredAlready {
                return false
            }
        }
        #expect(done.filter { $0 }.count == 1)
        #expect(try await world.number("SELECT COUNT(*) FROM organizations") == 2)
        #expect(try await world.number("SELECT COUNT(*) FROM recorded_answers") == 1)
    }

    @Test("belong to one credential, one key and one call", arguments: Engine.all)
    func independence(engine: Engine) async throws {
        let world = try await World(engine)
        let answers = world.provider.recordedAnswers
        try await world.record("first", of: world.call("k", credential: "grt_1", body: "b"))
        try await world.record("second", of: world.call("k", credential: "grt_2", body: "b"))
        func body(_ call: RepeatableCall) async throws -> String? {
            try await answers.find(call, at: .start).get().map { String(decoding: $0.body, as: UTF8.self) }
        }
        #expect(try await body(world.call("k", credential: "grt_1", body: "b")) == "first")
        #expect(try await body(world.call("k", credential: "grt_2", body: "b")) == "second")
        #expect(try await body(world.call("k", credential: "grt_3", body: "b")) == nil)
        #expect(try await body(world.call("K", credential: "grt_1", body: "b")) == nil)
        for other in ["", "B", "bb"] {
            let found = try await answers.find(world.call("k", credential: "grt_1", body: other), at: .start)
            #expect(found.refusal == .mismatch)
        }
        let moved = RepeatableCall(credential: "grt_1", key: "k", parts: [Array("POST/".utf8), [], Array("b".utf8)])
        #expect(try await answers.find(moved, at: .start).refusal == .mismatch)
    }

    @Test("are good for a day; then the key is free", arguments: Engine.all)
    func expiry(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, call) = (try await world.visitor(), world.call())
        _ = try await found(world, ada, call).get()
        let end = Instant.start + .seconds(86_400)
        let answers = world.provider.recordedAnswers
        #expect(try await answers.find(call, at: end - .microseconds(1)).get() != nil)
        #expect(try await answers.find(call, at: end).get() == nil)
        #expect(try await world.provider.sweep.removeBatch(at: end) == 0)
        #expect(try await found(world, ada, call, at: end).refusal == nil)
        #expect(try await answers.find(call, at: end).get() != nil)
        #expect(try await world.number("SELECT COUNT(*) FROM organizations") == 3)
    }

    @Test("are swept some at a time", arguments: Engine.all)
    func sweeping(engine: Engine) async throws {
        let world = try await World(engine)
        _ = try await inParallel(45) { try await world.record("", of: world.call("k\($0)")) }
        try await world.record("", of: world.call("late"), at: .start + .seconds(1))
        let sweep = world.provider.sweep
        let end = Instant.start + .seconds(86_400) + .microseconds(1)
        #expect(try await sweep.removeBatch(at: end) == 25)
        #expect(try await sweep.removeBatch(at: end) == 20)
        #expect(try await sweep.removeBatch(at: end) == 0)
        #expect(try await world.number("SELECT COUNT(*) FROM recorded_answers") == 1)
    }

    @Test(
        "cannot be read in the database, nor with another master key; then nothing is done again", arguments: Engine.all
    )
    func sealed(engine: Engine) async throws {
        let world = try await World(engine)
        try await world.record("canary-in-an-answer", of: world.call("canary-key"))
        if engine == .sqlite {
            for text in ["canary-in-an-answer", Base64URL.encode(Array("canary-in-an-answer".utf8)), "canary-key"] {
                #expect(try !world.stores(text))
            }
        }
        let (answers, call) = (world.provider.recordedAnswers, world.call("canary-key"))
        let renewed = RecordedAnswers(
            database: world.database, random: .system, keys: PurposeKeys(master: .second, former: .first))
        #expect(try await renewed.find(call, at: .start).get()?.status == 200)
        let strange = RecordedAnswers(database: world.database, random: .system, keys: PurposeKeys(master: .second))
        await #expect(throws: DatabaseFailure.self) { _ = try await strange.find(call, at: .start) }
        // A row cannot stand for another one.
        try await world.tamper("UPDATE recorded_answers SET credential = 'grt_2'")
        await #expect(throws: DatabaseFailure.self) {
            _ = try await answers.find(world.call("canary-key", credential: "grt_2"), at: .start)
        }
    }

    @Test("of a switch are the very tokens that were given", arguments: Engine.all)
    func switching(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app, call) = (try await world.visitor(), try await world.client(), world.call())
        let token = try await world.tokens(for: ada, app).refreshToken
        let active = try await world.provider.grants.standing(of: try await world.grant(token).id, at: .start).get()
        let recording: Recording<TokenSet> = world.provider.recordedAnswers.recording(call, at: .start) {
            RecordedAnswer(status: 200, body: Array("\($0.accessToken) \($0.refreshToken)".utf8))
        }
        let tokens = try await world.provider.organizationSwitch.switch(
            from: active, to: ada.organization.slug, at: .start, from: .device, recording: recording
        ).get()
        let answer = try #require(try await world.provider.recordedAnswers.find(call, at: .start).get())
        #expect(String(decoding: answer.body, as: UTF8.self) == "\(tokens.accessToken) \(tokens.refreshToken)")
    }
}
