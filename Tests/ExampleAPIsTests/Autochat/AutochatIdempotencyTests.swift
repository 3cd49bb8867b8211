import GRDB
import Testing

@testable import ExampleAPIs
@testable import LatchkeyHummingbird

@Suite("Seed 002: Idempotency-Key at autoch.at")
struct AutochatIdempotencyTests {
    private let tokens: AutochatTokens

    init() throws {
        tokens = try AutochatTokens()
    }

    private static func body(_ client: String) -> String {
        """
        {"client_id": "\(client)", "due_date": "2024-12-31",
         "line_items": [{"description": "Service", "quantity": 1, "rate": 100.00}]}
        """
    }

    @Test("seed 002: the same key creates one invoice and is answered the same, also by another process")
    func once() async throws {
        let (tokens, key) = (tokens, [("Idempotency-Key", "unique-key-here")])
        try await tokens.withAutochat { api, token in
            let body = Self.body(try await api.make("/clients", token, #"{"name": "Ann"}"#))
            let first = try await api.post("/invoices", token, body, key)
            let second = try await api.post("/invoices", token, body, key)
            #expect(first.status == 201 && second.status == 201)
            #expect(first.json("data") == second.json("data"))
            #expect(second["Idempotency-Replayed"] == "true")
            // What is in the database is known to whoever opens it next.
            let call = IdempotentCall(
                tenant: "org_a", credential: "grt_org_a", key: "unique-key-here", fingerprint: [1])
            #expect(try await AnswerTable(api.database).begin(call, at: api.clock.now) == .mismatch)
            #expect(try await api.get("/invoices", token).json("data")?.array?.count == 1)
        }
    }

    @Test("seed 002: twenty calls at once with one key create one invoice")
    func race() async throws {
        try await tokens.withAutochat { api, token in
            let body = Self.body(try await api.make("/clients", token, #"{"name": "Ann"}"#))
            let answers = try await withThrowingTaskGroup(of: Reply.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await api.post("/invoices", token, body, [("Idempotency-Key", "k")]) }
                }
                return try await group.reduce(into: [Reply]()) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 201 || $0.code == "IDEMPOTENCY_CONFLICT" })
            #expect(Set(answers.compactMap { $0.json("data", "id")?.string }).count == 1)
            #expect(try await api.get("/invoices", token).json("data")?.array?.count == 1)
        }
    }

    @Test("seed 002: a key belongs to its tenant, a refusal is not kept, and after a day a key is new again")
    func bounds() async throws {
        let (stranger, key) = (try tokens.full(of: "org_b"), [("Idempotency-Key", "k")])
        try await tokens.withAutochat { api, token in
            #expect(try await api.post("/clients", token, "{}", key).status == 400)
            let ann = try await api.post("/clients", token, #"{"name": "Ann"}"#, key)
            let foreign = try await api.post("/clients", stranger, #"{"name": "Ann"}"#, key)
            #expect(ann.status == 201 && foreign.status == 201)
            #expect(ann.json("data", "id") != foreign.json("data", "id"))
        }
    }

    @Test("a call whose process ended is not repeated at once, but can be made anew after a minute; answers last a day")
    func table() async throws {
        let table = try AnswerTable(Autochat(DatabaseQueue()).database)
        let (call, now) = (
            IdempotentCall(tenant: "org_a", credential: "a", key: "k", fingerprint: [1, 2]), TestIssuer.now
        )
        let other = IdempotentCall(tenant: "org_a", credential: "b", key: "k", fingerprint: [1, 2])
        #expect(try await table.begin(call, at: now) == .begun)
        #expect(try await table.begin(call, at: now + .seconds(59)) == .running)
        #expect(try await table.begin(other, at: now) == .begun)
        #expect(try await table.begin(call, at: now + .seconds(60)) == .begun)
        let answer = RecordedAnswer(status: 201, headers: [["content-type", "application/json"]], body: [7, 0, 8])
        try await table.finish(call, answer, at: now + .seconds(60))
        #expect(try await table.begin(call, at: now + .seconds(86_400)) == .answered(answer))
        try await table.abandon(call)
        #expect(try await table.begin(call, at: now + .seconds(86_400)) == .answered(answer))
        #expect(try await table.begin(call, at: now + .seconds(86_460)) == .begun)
        try await table.abandon(call)
        #expect(try await table.begin(call, at: now + .seconds(86_461)) == .begun)
    }

    @Test("a call that ends when another has its key by then does not answer for that one, and does not end it")
    func late() async throws {
        let table = try AnswerTable(Autochat(DatabaseQueue()).database)
        let (slow, other, now) = (
            IdempotentCall(tenant: "org_a", credential: "a", key: "k", fingerprint: [1]),
            IdempotentCall(tenant: "org_a", credential: "a", key: "k", fingerprint: [2]), TestIssuer.now
        )
        #expect(try await table.begin(slow, at: now) == .begun)
        #expect(try await table.begin(other, at: now + .seconds(60)) == .begun)
        let answer = RecordedAnswer(status: 201, headers: [], body: [1])
        try await table.finish(slow, answer, at: now + .seconds(61))
        #expect(try await table.begin(other, at: now + .seconds(61)) == .running)
        try await table.abandon(slow)
        #expect(try await table.begin(other, at: now + .seconds(61)) == .running)
        let own = RecordedAnswer(status: 201, headers: [], body: [2])
        try await table.finish(other, own, at: now + .seconds(62))
        #expect(try await table.begin(other, at: now + .seconds(62)) == .answered(own))
    }

    @Test(
        "seed 002: a call repeated with its key is told a webhook's secret again, for a day; nobody else is"
    )
    func secret() async throws {
        let key = [("Idempotency-Key", "k")]
        let stranger = try tokens.issuer.token(Autochat.scopes.map(\.scope), login: "grt_other")
        try await tokens.withAutochat { api, token in
            let body = #"{"url": "https://192.0.3.1/", "events": ["client.created"]}"#
            let made = try await api.post("/webhooks", token, body, key)
            let secret = try #require(made.json("data", "secret")?.string)
            let repeated = try await api.post("/webhooks", token, body, key)
            #expect(repeated["Idempotency-Replayed"] == "true")
            #expect(repeated.json("data", "secret")?.string == secret)
            let other = try await api.post("/webhooks", stranger, body, key)
            #expect(other.status == 201 && !other.text.contains(secret))
            let listed = try await api.get("/webhooks", token)
            #expect(listed.status == 200 && !listed.text.contains("whsec_"))
            api.clock.advance(by: .seconds(86_400))
            let call = IdempotentCall(tenant: "org_a", credential: "grt_x", key: "x", fingerprint: [1])
            #expect(try await AnswerTable(api.database).begin(call, at: api.clock.now) == .begun)
            let kept = try await api.database.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM answers") }
            #expect(kept == 1)
        }
    }
}
