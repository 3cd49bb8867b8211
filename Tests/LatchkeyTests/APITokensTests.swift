import JOSE
import LatchkeyVerifier
import Testing

@testable import latchkey

@Suite("latchkey tokens", .timeLimit(.minutes(2)))
struct APITokensTests {
    private let binary: BuiltBinary

    init() throws { binary = try BuiltBinary() }

    private static let token: JSONObject = [
        "id": "tok_1", "token": "lk_live_canary", "label": "CI\u{1B}[2J", "prefix": "lk_live_abc", "last_four": "wxyz",
        "access": "read_only", "scopes": .array(["jobs:read"]), "resources": .null,
        "created_at": "2027-01-01T00:00:00Z",
        "created_by": "usr_1", "expires_at": .null, "last_used_at": .null, "uses_this_period": 1, "status": "active",
    ]

    private func run(
        _ answer: ScriptedServer.Answer, _ arguments: String...
    ) async throws -> (outcome: BuiltBinary.Outcome, calls: [ScriptedServer.Call]) {
        try await binary.run(["tokens"] + arguments, answer)
    }

    @Test("create shows the secret once, with a line to try it, and nothing that a terminal would obey")
    func create() async throws {
        let (outcome, calls) = try await run(.json(201, Self.token), "create", "CI", "--access", "read-only")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("curl -H \"Authorization: Bearer lk_live_canary\""))
        #expect(outcome.output.contains("/api/v1/me") && !outcome.output.contains("\u{1B}"))
        let call = try #require(calls.first)
        #expect(call.path == "/api/v1/tokens" && call.idempotencyKey?.isEmpty == false)
        #expect(call.body == ["label": "CI", "access": "read_only"])
    }

    @Test("a custom token is asked for with its scopes, what it is confined to, and its end in seconds")
    func custom() async throws {
        let (_, calls) = try await run(
            .json(201, Self.token), "create", "CI", "--scope", "a:read", "--scope", "b:read", "--resource", "p=1",
            "--resource", "p=2", "--resource", "q=x=y", "--expires-in", "90d")
        #expect(
            calls.first?.body == [
                "label": "CI", "access": "custom", "scopes": .array(["a:read", "b:read"]),
                "resources": .object(["p": .array(["1", "2"]), "q": .array(["x=y"])]), "expires_in": 7_776_000,
            ])
    }

    @Test("a refusal names its cause and the next step")
    func refused() async throws {
        let (outcome, _) = try await run(.json(404, .error("not_found", "There is nothing.")), "show", "tok_1")
        #expect(outcome.status == 1 && outcome.errors.contains("latchkey tokens list"))
    }

    @Test(
        "what the server would refuse by its bounds is not asked, and is told in the words in which it is typed",
        arguments: [
            (["list", "--limit", "201"], "--limit is a number from 1 to 200."), (["list", "--limit", "0"], "1 to 200"),
            (["list", "--page", "0"], "--page is a number from 1"), (["rotate", "tok_1", "--overlap", "8d"], "7d"),
            (["rotate", "tok_1", "--overlap", "604801"], "7d"),
        ])
    func bounds(arguments: [String], words: String) async throws {
        let (outcome, calls) = try await binary.run(["tokens"] + arguments, .json(200, Self.token))
        #expect(outcome.status == 2 && outcome.errors.contains(words), "\(outcome.errors)")
        #expect(calls.isEmpty)
    }

    @Test("what lies just within the bounds is asked")
    func withinBounds() async throws {
        let (_, rotated) = try await run(.json(200, Self.token), "rotate", "tok_1", "--overlap", "7d")
        #expect(rotated.first?.body["overlap"]?.integer == 604_800)
        let (_, listed) = try await run(.json(200, ["tokens": .array([])]), "list", "--limit", "200")
        #expect(listed.count == 1)
    }

    @Test("a scope that there is not: the next step is the command that shows those that there are")
    func unknownScope() async throws {
        let refusal = JSONObject.error("invalid_scope", "There is no scope nope:read.")
        let (outcome, _) = try await run(.json(400, refusal), "create", "CI", "--scope", "nope:read")
        #expect(outcome.status == 1 && outcome.errors.contains("latchkey scopes"))
    }

    @Test("times are told in one form")
    func times() async throws {
        let usage: JSONObject = [
            "last_used_at": "2027-01-02T03:04:05Z", "last_used_address": "192.0.2.1", "last_used_agent": "curl",
            "uses_this_period": 1, "days": .array([]),
        ]
        let (used, _) = try await run(.json(200, usage), "usage", "tok_1")
        #expect(used.output.contains("2027-01-02 03:04:05Z") && !used.output.contains("T03"))
        let (shown, _) = try await run(.json(200, Self.token), "show", "tok_1")
        #expect(shown.output.contains("2027-01-01 00:00:00Z"))
    }

    @Test("on a plan without API tokens an empty list says so, and proposes none")
    func planless() async throws {
        let answer: JSONObject = [
            "tokens": .array([]), "pagination": .object(["page": 1, "limit": 50, "total": 0]),
            "plan": .object(["name": "free", "api_tokens": .bool(false), "custom_scopes": .bool(false)]),
        ]
        let (outcome, _) = try await run(.json(200, answer), "list")
        #expect(outcome.status == 0 && !outcome.output.contains("create"))
        #expect(outcome.output.contains("The plan free of your organization has no API tokens. Ask whoever runs"))
    }

    @Test("what the plan forbids is told at once, once, and no code is asked for")
    func planRequired() async throws {
        let told =
            "The plan free of this organization has no API tokens. Ask whoever runs this server for another plan."
        let (outcome, calls) = try await run(
            .json(403, .error("plan_required", told)), "create", "CI", "--access", "full")
        #expect(outcome.status == 1 && outcome.errors.contains(told) && calls.count == 1)
        #expect(outcome.errors.split(separator: "Ask whoever").count == 2 && !outcome.errors.contains("second factor"))
    }

    @Test("numbers of calls have grouped digits in tables, and none in JSON")
    func groupedDigits() async throws {
        var token = Self.token
        token["uses_this_period"] = 1_234_567
        let (shown, _) = try await run(.json(200, token), "show", "tok_1")
        #expect(shown.output.contains("1,234,567 calls this month"))
        let (json, _) = try await run(.json(200, token), "show", "tok_1", "--json")
        #expect(json.output.contains("1234567"))
        let usage: JSONObject = [
            "last_used_at": "2027-01-02T03:04:05Z", "uses_this_period": 10_000,
            "days": .array([.object(["date": "2027-01-02", "calls": 10_000])]),
        ]
        let (used, _) = try await run(.json(200, usage), "usage", "tok_1")
        #expect(used.output.contains("10,000 calls") && !used.output.contains("10000"))
        let list: JSONObject = [
            "tokens": .array([.object(Self.token)]), "pagination": .object(["page": 1, "limit": 1, "total": 1_200]),
        ]
        let (listed, _) = try await run(.json(200, list), "list", "--limit", "1")
        #expect(listed.output.contains("1 of 1,200."))
    }

    @Test("who made a token is told by name; by identifier where a server of before tells no more")
    func maker() async throws {
        let (before, _) = try await run(.json(200, Self.token), "show", "tok_1")
        #expect(before.output.contains("by usr_1"))
        var token = Self.token
        token["created_by_name"] = "Ada Lovelace"
        let (now, _) = try await run(.json(200, token), "show", "tok_1")
        #expect(now.output.contains("by Ada Lovelace") && !now.output.contains("usr_1"))
    }

    @Test("after a rotation it is said what became of the secrets before")
    func rotated() async throws {
        let (ended, _) = try await run(.json(200, Self.token), "rotate", "tok_1")
        #expect(ended.output.contains("Every secret before has ended."))
        var token = Self.token
        token["overlap_ends_at"] = "2027-01-01T01:00:00Z"
        let (overlapping, _) = try await run(.json(200, token), "rotate", "tok_1", "--overlap", "1h")
        #expect(!overlapping.output.contains("has ended"))
        #expect(overlapping.output.contains("the secret before works until 2027-01-01 01:00:00Z"))
    }

    @Test("an empty list says how to make the first")
    func empty() async throws {
        let answer: JSONObject = [
            "tokens": .array([]), "pagination": .object(["page": 1, "limit": 50, "total": 0]),
        ]
        let (outcome, _) = try await run(.json(200, answer), "list")
        #expect(outcome.status == 0 && outcome.output.contains("latchkey tokens create"))
    }

    @Test(
        "times are typed with a unit, or as seconds",
        arguments: [("90d", 7_776_000), ("12h", 43_200), ("30m", 1_800), ("45s", 45), ("45", 45), ("0", 0)]
            as [(String, Int64)])
    func durations(typed: String, seconds: Int64) {
        #expect(TypedDuration(argument: typed)?.seconds == seconds)
    }

    @Test("what is no time, or no name of a token, is not taken")
    func nonsense() {
        for typed in ["", "d", "-1d", "1w", "1.5h", "٣d", "999999999999d9", "9223372036854775807d"] {
            #expect(TypedDuration(argument: typed) == nil, "\(typed)")
        }
        for typed in ["", "tok", "usr_1", "tok_/../x", "tok_A", "tok_1?x", "tok_" + String(repeating: "1", count: 61)] {
            #expect(APITokenName(argument: typed) == nil, "\(typed)")
        }
        #expect(APITokenName(argument: "tok_01jqz3v9k2m4x")?.path == "/api/v1/tokens/tok_01jqz3v9k2m4x")
    }
}
