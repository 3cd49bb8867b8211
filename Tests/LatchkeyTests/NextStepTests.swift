import JOSE
import Testing

@testable import latchkey

@Suite("What the command line says to do next", .timeLimit(.minutes(2)))
struct NextStepTests {
    private let binary: BuiltBinary

    init() throws { binary = try BuiltBinary() }

    @Test(
        "what is not there: the command that shows what there is of that kind",
        arguments: [
            (["organizations", "switch", "nope"], "latchkey organizations list", "members list"),
            (["webhooks", "replay", "dlv_1"], "latchkey webhooks deliveries whk_…", "webhooks list"),
            (["webhooks", "show", "whk_1"], "latchkey webhooks list", "deliveries"),
        ])
    func notFound(arguments: [String], right: String, wrong: String) async throws {
        let (outcome, _) = try await binary.run(arguments, .json(404, .error("not_found", "There is nothing.")))
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains(right) && !outcome.errors.contains(wrong), "\(outcome.errors)")
    }

    @Test("the last owner is told once to make another, and how")
    func lastOwner() async throws {
        let server = "An organization has an owner at all times. Make another owner first."
        let failure = CommandFailure(
            organization: ServerRefusal(status: 409, body: .error("last_owner", server), retryAfter: nil), lists: "")
        #expect(failure.text.split(separator: "ake another owner").count == 2, "\(failure.text)")
        #expect(failure.next?.contains("latchkey members role EMAIL owner") == true)
    }

    /// What `latchkey login --resource` leaves: a token whose `aud` is that API alone.
    private static func token(for audience: JSONValue) -> String {
        let claims: JSONObject = ["aud": audience]
        return [Array("{}".utf8), JSONValue.object(claims).serialized(), [1, 2, 3]].map { Base64URL.encode($0) }
            .joined(separator: ".")
    }

    @Test(
        "a login for another API is told to log in without --resource, by every command",
        arguments: [
            ["tokens", "list"], ["tokens", "create", "CI", "--access", "full"], ["webhooks", "list"],
            ["organizations", "list"], ["members", "list"], ["audit", "tail"], ["scopes"],
        ])
    func otherAPI(arguments: [String]) async throws {
        let refusals: @Sendable (ScriptedServer.Call, Int) async -> ScriptedServer.Answer = { call, _ in
            guard call.path != "/api/v1/auth/refresh" else { return .json(200, Self.renewed) }
            return .json(401, .error("invalid_token", "This access token is for another API."))
        }
        let token = Self.token(for: "https://api.example.com")
        let (outcome, _) = try await binary.run(arguments, accessToken: token, refusals)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("Log in again without --resource: latchkey login"), "\(outcome.errors)")
    }

    /// Refreshed tokens are for the same API.
    private static var renewed: JSONObject {
        var answer = JSONObject.tokens(number: 2)
        answer["access_token"] = .string(token(for: .array(["https://api.example.com"])))
        return answer
    }

    @Test("scopes are listed with their APIs, those of the login marked; with none it says who declares them")
    func scopes() async throws {
        let entry: JSONObject = [
            "scope": "jobs:read", "description": "Read jobs.", "resource_server": "https://api.example.com",
        ]
        var other = entry
        other["scope"] = "jobs:write"
        let answer: JSONObject = [
            "granted": .array(["jobs:read", "profile"]), "catalog": .array([.object(entry), .object(other)]),
        ]
        let (listed, calls) = try await binary.run(["scopes"], .json(200, answer))
        #expect(calls.map(\.path) == ["/api/v1/scopes"])
        #expect(listed.status == 0 && listed.lines.count == 4, "\(listed.output)")
        #expect(listed.lines[1].hasPrefix("*  jobs:read   https://api.example.com  Read jobs."))
        #expect(listed.lines[2].hasPrefix("   jobs:write  "))
        #expect(listed.lines[3].hasSuffix("besides: profile"))
        let (json, _) = try await BuiltBinary().run(["scopes", "--json"], .json(200, answer))
        #expect(try JSONValue.parse(Array(json.output.utf8)).object == answer)
        let none: JSONObject = ["granted": .array([]), "catalog": .array([])]
        let (empty, _) = try await BuiltBinary().run(["scopes"], .json(200, none))
        #expect(empty.status == 0 && empty.output.contains("resource_servers"), "\(empty.errors)")
    }

    @Test("bounds of lists and of overlaps are the same wherever they are typed")
    func bounds() async throws {
        for arguments in [
            ["members", "list", "--limit", "500"], ["members", "invitations", "--limit", "500"],
            ["webhooks", "deliveries", "whk_1", "--limit", "500"], ["webhooks", "rotate", "whk_1", "--overlap", "8d"],
        ] {
            let outcome = try await binary.start(arguments).outcome()
            #expect(outcome.status == 2, "\(arguments)")
            #expect(outcome.errors.contains("200") || outcome.errors.contains("7d"), "\(outcome.errors)")
        }
    }
}
