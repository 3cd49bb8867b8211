import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
import Testing

@testable import LatchkeyHummingbird

@Suite("Calls with an Idempotency-Key")
struct IdempotencyTests {
    private let issuer: TestIssuer
    private let clock = TestClock()
    private let jobs = Jobs()

    init() throws {
        issuer = try TestIssuer()
    }

    /// What the API does: it counts, and can be held.
    private final class Jobs: Sendable {
        private let state = Mutex<(made: Int, isHolding: Bool, held: [CheckedContinuation<Void, Never>])>(
            (0, false, []))

        var made: Int { state.withLock(\.made) }

        func make() async -> Int {
            await withCheckedContinuation { continuation in
                let isHolding = state.withLock { state in
                    state.made += 1
                    if state.isHolding { state.held.append(continuation) }
                    return state.isHolding
                }
                if !isHolding { continuation.resume() }
            }
            return made
        }

        func hold() { state.withLock { $0.isHolding = true } }

        func release() {
            let held = state.withLock { state in
                state.isHolding = false
                defer { state.held = [] }
                return state.held
            }
            for continuation in held { continuation.resume() }
        }
    }

    private func routes(_ store: any IdempotencyStore = IdempotencyMemory()) -> (TestRouter) -> Void {
        { [issuer, clock, jobs] router in
            router.group().add(middleware: BearerAuthentication(testing: issuer.verifier(), clock))
                .add(middleware: Idempotency(store))
                .post("jobs", scope: "jobs:write") { request, context in
                    let body = try await request.body.collect(upTo: 1_000_000)
                    let number = await jobs.make()
                    if String(buffer: body) == "bad" { throw APIRefusal.invalidRequest("Bad.") }
                    if String(buffer: body) == "teapot" { return Response(status: .init(code: 418)) }
                    let answer = JSONAnswer(.created, headers: [.location: "/jobs/\(number)"]) { json in
                        json.beginObject()
                        json.member("number", number)
                        json.member("title", String(buffer: body))
                        json.endObject()
                    }
                    return answer.response(from: request, context: context)
                }
                .delete("jobs/:id", scope: "jobs:write") { _, _ in "\(await jobs.make())" }
                .get("jobs", scope: "jobs:write") { _, _ in "\(await jobs.make())" }
                .post("huge", scope: "jobs:write") { _, _ in
                    _ = await jobs.make()
                    return String(repeating: "x", count: 256 * 1024 + 1)
                }
        }
    }

    @Test("the same key and body get the same answer, marked as given again, and the job is made once")
    func same() async throws {
        let token = try issuer.token()
        try await withRouter(routes()) { [clock, jobs] client async throws in
            let first = try await client.post("/jobs", bearer: token, key: "k", "Paint")
            #expect(first.status == 201 && first.text == #"{"number":1,"title":"Paint"}"#)
            #expect(first["Idempotency-Replayed"] == nil)
            clock.advance(by: .seconds(3600))
            let second = try await client.post("/jobs", bearer: token, key: "k", "Paint")
            #expect(second.status == 201 && second.text == first.text)
            #expect(second["Location"] == "/jobs/1" && second["Content-Type"] == "application/json")
            #expect(second["Idempotency-Replayed"] == "true")
            #expect(jobs.made == 1)
            #expect(try await client.post("/jobs", bearer: token, key: "other", "Paint").text.contains("2"))
        }
    }

    @Test("without a key, and for GET, every call is done")
    func without() async throws {
        let token = try issuer.token()
        try await withRouter(routes()) { [jobs] client async throws in
            for _ in 0..<2 { _ = try await client.post("/jobs", bearer: token, "Paint") }
            for _ in 0..<2 { _ = try await client.get("/jobs", bearer: token, [("Idempotency-Key", "k")]) }
            #expect(jobs.made == 4)
        }
    }

    @Test("the same key with another body, path or method is 422, and nothing is done")
    func mismatch() async throws {
        let token = try issuer.token()
        try await withRouter(routes()) { [jobs] client async throws in
            _ = try await client.post("/jobs", bearer: token, key: "k", "Paint")
            let answers = [
                try await client.post("/jobs", bearer: token, key: "k", "Paint "),
                try await client.post("/jobs?x=1", bearer: token, key: "k", "Paint"),
                try await client.send(.delete, "/jobs/1", bearer: token, [("Idempotency-Key", "k")], body: "Paint"),
            ]
            for answer in answers {
                #expect(answer.status == 422)
                #expect(answer.string("error", "code") == "idempotency_mismatch")
            }
            #expect(jobs.made == 1)
        }
    }

    @Test("while the first is running the second is 409; a hundred at once make one job", .timeLimit(.minutes(1)))
    func race() async throws {
        let token = try issuer.token()
        try await withRouter(routes()) { [jobs] client async throws in
            jobs.hold()
            let statuses = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<100 {
                    group.addTask { try await client.post("/jobs", bearer: token, key: "k", "Paint") }
                }
                var answers: [Answer] = []
                for try await answer in group {
                    answers.append(answer)
                    // All but the one that is held have answered.
                    if answers.count == 99 { jobs.release() }
                }
                return answers
            }
            #expect(jobs.made == 1)
            #expect(statuses.count { $0.status == 201 } == 1)
            let conflicts = statuses.filter { $0.status == 409 }
            #expect(conflicts.count == 99)
            #expect(conflicts.allSatisfy { $0.string("error", "code") == "idempotency_conflict" })
            #expect(conflicts.allSatisfy { $0["Retry-After"] == "1" })
            #expect(try await client.post("/jobs", bearer: token, key: "k", "Paint").status == 201)
        }
    }

    @Test("a key belongs to a credential: another login may use it, and learns nothing")
    func credentials() async throws {
        let (mine, other) = (try issuer.token(), try issuer.token(["sid": .string("grt_2")]))
        try await withRouter(routes()) { [jobs] client async throws in
            _ = try await client.post("/jobs", bearer: mine, key: "k", "Paint")
            let answer = try await client.post("/jobs", bearer: other, key: "k", "Secret")
            #expect(answer.status == 201 && answer.text == #"{"number":2,"title":"Secret"}"#)
            #expect(jobs.made == 2)
        }
    }

    @Test("a token of the same login that was granted less is not given the answer")
    func scopes() async throws {
        let (full, less) = (try issuer.token(), try issuer.token(["scope": .string("jobs:read")]))
        try await withRouter(routes()) { [jobs] client async throws in
            _ = try await client.post("/jobs", bearer: full, key: "k", "Paint")
            let answer = try await client.post("/jobs", bearer: less, key: "k", "Paint")
            #expect(answer.status == 422 && !answer.text.contains("Paint"))
            #expect(try await client.post("/jobs", bearer: less, key: "other", "Paint").status == 403)
            #expect(jobs.made == 1)
        }
    }

    @Test("refusals are not kept: the next try is a new one", arguments: [("bad", 400), ("teapot", 418)])
    func refused(_ body: String, _ status: Int) async throws {
        let token = try issuer.token()
        try await withRouter(routes()) { [jobs] client async throws in
            for _ in 0..<2 {
                #expect(try await client.post("/jobs", bearer: token, key: "k", body).status == status)
            }
            #expect(jobs.made == 2)
        }
    }

    @Test("after a day the key is free again")
    func expiry() async throws {
        let token = try issuer.token(["exp": .integer(TestIssuer.now.seconds + 200_000)])
        try await withRouter(routes()) { [clock, jobs] client async throws in
            _ = try await client.post("/jobs", bearer: token, key: "k", "Paint")
            clock.advance(by: .seconds(86_399))
            _ = try await client.post("/jobs", bearer: token, key: "k", "Paint")
            #expect(jobs.made == 1)
            clock.advance(by: .seconds(1))
            #expect(try await client.post("/jobs", bearer: token, key: "k", "Other").status == 201)
            #expect(jobs.made == 2)
        }
    }

    @Test("an answer too large to be kept is given once; the call is not done again")
    func large() async throws {
        let token = try issuer.token()
        try await withRouter(routes()) { [jobs] client async throws in
            #expect(try await client.post("/huge", bearer: token, key: "k", "").status == 200)
            let again = try await client.post("/huge", bearer: token, key: "k", "")
            #expect(again.status == 409 && again.string("error", "code") == "idempotency_answer_not_kept")
            #expect(jobs.made == 1)
        }
    }

    @Test("a key has 1 to 255 characters")
    func key() async throws {
        let token = try issuer.token()
        try await withRouter(routes()) { [jobs] client async throws in
            for key in ["", String(repeating: "k", count: 256)] {
                #expect(try await client.post("/jobs", bearer: token, key: key, "Paint").status == 400)
            }
            #expect(jobs.made == 0)
            let longest = String(repeating: "k", count: 255)
            #expect(try await client.post("/jobs", bearer: token, key: longest, "Paint").status == 201)
        }
    }

    @Test("a store that fails afterwards does not make a done call look undone; one that fails before stops it")
    func failingStore() async throws {
        struct Failing: IdempotencyStore {
            struct Down: Error {}
            let failsAtOnce: Bool
            func begin(_ call: IdempotentCall, at now: Instant) throws -> IdempotencyStanding {
                if failsAtOnce { throw Down() }
                return .begun
            }
            func finish(_ call: IdempotentCall, _ answer: RecordedAnswer, at now: Instant) throws { throw Down() }
            func abandon(_ call: IdempotentCall) throws { throw Down() }
        }
        let token = try issuer.token()
        try await withRouter(routes(Failing(failsAtOnce: false))) { client async throws in
            let made = try await client.post("/jobs", bearer: token, key: "k", "Paint")
            #expect(made.status == 201)
            let refused = try await client.post("/jobs", bearer: token, key: "k", "bad")
            #expect(refused.status == 400)
        }
        let made = jobs.made
        try await withRouter(routes(Failing(failsAtOnce: true))) { client async throws in
            let refused = try await client.post("/jobs", bearer: token, key: "k", "Paint")
            #expect(refused.status == 500)
        }
        #expect(jobs.made == made)
    }

    @Test("the memory is bounded in answers and bytes, forgets the oldest first and never what runs")
    func bounds() {
        let memory = IdempotencyMemory(maximumCount: 100, maximumBytes: 50_000, shares: 1)
        func call(_ number: Int) -> IdempotentCall {
            IdempotentCall(tenant: "org_1", credential: "c", key: "\(number)", fingerprint: [1])
        }
        let running = call(-1)
        #expect(memory.begin(running, at: TestIssuer.now) == .begun)
        let answer = RecordedAnswer(status: 200, headers: [["Content-Type", "text/plain"]], body: [1, 2, 3])
        for number in 0..<1000 {
            #expect(memory.begin(call(number), at: TestIssuer.now) == .begun)
            memory.finish(call(number), answer, at: TestIssuer.now)
            #expect(memory.size.count <= 100 && memory.size.bytes <= 50_000)
        }
        #expect(memory.begin(running, at: TestIssuer.now) == .running)
        #expect(memory.begin(call(999), at: TestIssuer.now) == .answered(answer))
        #expect(memory.begin(call(0), at: TestIssuer.now) == .begun)
        let large = RecordedAnswer(status: 200, headers: [], body: [UInt8](repeating: 0, count: 49_000))
        #expect(memory.begin(call(2000), at: TestIssuer.now) == .begun)
        memory.finish(call(2000), large, at: TestIssuer.now)
        #expect(memory.begin(call(2000), at: TestIssuer.now) == .answered(large))
        #expect(memory.size.bytes <= 50_000 && memory.size.count < 10)
        let later = TestIssuer.now + .seconds(86_400)
        #expect(memory.begin(call(3000), at: later) == .begun)
        #expect(memory.size.count == 0 && memory.size.bytes == 0)
    }

    @Test("an organization that fills the memory loses its own answers, and no other's")
    func shares() {
        let memory = IdempotencyMemory(maximumCount: 160, maximumBytes: 160_000, shares: 16)
        func call(_ tenant: String, _ number: Int) -> IdempotentCall {
            IdempotentCall(tenant: tenant, credential: "c", key: "\(number)", fingerprint: [1])
        }
        let answer = RecordedAnswer(status: 201, headers: [], body: [1])
        _ = memory.begin(call("quiet", 1), at: TestIssuer.now)
        memory.finish(call("quiet", 1), answer, at: TestIssuer.now)
        for number in 0..<1000 {
            let size = number % 3 == 0 ? 9_000 : 1
            let loud = RecordedAnswer(status: 201, headers: [], body: [UInt8](repeating: 0, count: size))
            #expect(memory.begin(call("loud", number), at: TestIssuer.now) == .begun)
            memory.finish(call("loud", number), loud, at: TestIssuer.now)
            #expect(memory.size.count <= 11 && memory.size.bytes <= 11_000)
        }
        #expect(memory.begin(call("quiet", 1), at: TestIssuer.now) == .answered(answer))
        #expect(memory.begin(call("loud", 0), at: TestIssuer.now) == .begun)
    }

    @Test("what a call that took a step-up was answered is not given to who has not shown it")
    func steppedUp() async throws {
        let acr = JSONValue.string(StepUp.secondFactor)
        let made = Mutex(0)
        try await withRouter { router in
            router.group().add(middleware: BearerAuthentication(testing: issuer.verifier()))
                .add(middleware: Idempotency())
                .post("keys", requiring: TokenRequirement(stepUp: .secondFactor(within: .seconds(300)))) { _, _ in
                    made.withLock { $0 += 1 }
                    return "secret"
                }
        } _: { client async throws in
            let shown = try issuer.token(["acr": acr])
            let first = try await client.post("/keys", bearer: shown, key: "k", "{}")
            #expect(first.status == 200 && first.text == "secret")
            for token in [try issuer.token(), shown] {
                let again = try await client.post("/keys", bearer: token, key: "k", "{}")
                #expect(again.status == 409 && again.string("error", "code") == "idempotency_answer_not_kept")
                #expect(!again.text.contains("secret"))
            }
        }
        #expect(made.withLock { $0 } == 1)
    }
}
