import HTTPTypes
import Hummingbird
import LatchkeyHummingbird
import Testing

@Suite("What routes ask of a token")
struct RequirementTests {
    private let issuer: TestIssuer

    init() throws {
        issuer = try TestIssuer()
    }

    private func routes(_ router: TestRouter) {
        let verifier = issuer.verifier(introspection: .single { _ in TestIssuer.introspected() })
        router.group("/api/v1").add(middleware: BearerAuthentication(testing: verifier))
            .get("me", requiring: .token) { _, context in context.token.subject }
            .get("jobs", scope: "jobs:read") { _, _ in "read" }
            .post("jobs", scope: "jobs:write") { _, _ in "written" }
            .put("jobs", scope: "jobs:write") { _, _ in "put" }
            .patch("jobs", scope: "jobs:write") { _, _ in "patched" }
            .delete("jobs", scope: "jobs:delete") { _, _ in "deleted" }
            .get("all", requiring: TokenRequirement(scopes: ["jobs:read", "documents:read"])) { _, _ in "all" }
            .post("keys", requiring: TokenRequirement(stepUp: .secondFactor(within: .seconds(300)))) { _, _ in "key" }
            .post("recent", requiring: TokenRequirement(stepUp: StepUp([], within: .seconds(60)))) { _, _ in "recent" }
            .get("plain") { _, context in try context.token.subject + context.tenant }
    }

    private func answer(
        _ method: HTTPRequest.Method, _ path: String, _ changes: KeyValuePairs<String, JSONValue?> = [:]
    ) async throws -> Answer {
        let token = try issuer.token(changes)
        return try await withRouter(routes) { try await $0.send(method, path, bearer: token) }
    }

    @Test("a scope that was granted is enough, by each method")
    func granted() async throws {
        for (method, text) in [
            (HTTPRequest.Method.get, "read"), (.post, "written"), (.put, "put"), (.patch, "patched"),
        ] {
            let answer = try await answer(method, "/api/v1/jobs")
            #expect(answer.status == 200 && answer.text == text)
        }
    }

    @Test("a scope that is missing is 403 forbidden_scope in the words of the documentation, with a challenge")
    func missing() async throws {
        let answer = try await answer(.post, "/api/v1/jobs", ["scope": .string("jobs:read jobs:writer Jobs:write")])
        #expect(answer.status == 403)
        #expect(
            answer.text
                == #"{"error":{"code":"forbidden_scope","message":"This token is missing the required scope: jobs:write."}}"#
        )
        #expect(
            answer["WWW-Authenticate"] == """
                Bearer realm="api", error="insufficient_scope", \
                error_description="This token is missing the required scope: jobs:write.", scope="jobs:write"
                """)
    }

    @Test("of several scopes each is needed; the challenge names all, the message the first that is missing")
    func several() async throws {
        let refused = try await answer(.get, "/api/v1/all")
        #expect(refused.status == 403)
        #expect(refused.string("error", "message") == "This token is missing the required scope: documents:read.")
        #expect(refused["WWW-Authenticate"]?.contains("scope=\"jobs:read documents:read\"") == true)
        #expect(try await answer(.get, "/api/v1/all", ["scope": .string("documents:read jobs:read")]).status == 200)
    }

    @Test("any good token will do where none is named, and a plain route behind the middleware has it too")
    func token() async throws {
        #expect(try await answer(.get, "/api/v1/me", ["scope": nil]).text == "usr_1")
        #expect(try await answer(.get, "/api/v1/plain").text == "usr_1org_1")
    }

    @Test("a step-up that was never shown, or too long ago, is challenged as RFC 9470 has it")
    func stepUp() async throws {
        let acr = JSONValue.string("urn:latchkey:acr:step-up")
        let now = TestIssuer.now.seconds
        let cases: [KeyValuePairs<String, JSONValue?>] = [
            [:], ["acr": .string("urn:latchkey:acr:other")],
            ["acr": acr, "auth_time": .integer(now - 301)], ["acr": acr, "auth_time": nil],
        ]
        for changes in cases {
            let answer = try await answer(.post, "/api/v1/keys", changes)
            #expect(answer.status == 401)
            #expect(answer.string("error", "code") == "insufficient_user_authentication")
            #expect(
                answer["WWW-Authenticate"] == """
                    Bearer realm="api", error="insufficient_user_authentication", \
                    error_description="This takes a more recent or stronger sign-in. Sign in again, then repeat the call.", \
                    acr_values="urn:latchkey:acr:step-up", max_age="300"
                    """)
        }
        #expect(
            try await answer(.post, "/api/v1/keys", ["acr": acr, "auth_time": .integer(now - 300)]).text == "key")
    }

    @Test("where only the time counts, no acr is asked for")
    func recent() async throws {
        let now = TestIssuer.now.seconds
        let answer = try await answer(.post, "/api/v1/recent", ["auth_time": .integer(now - 61)])
        #expect(answer.status == 401)
        #expect(answer["WWW-Authenticate"]?.hasSuffix("repeat the call.\", max_age=\"60\"") == true)
        #expect(try await self.answer(.post, "/api/v1/recent", ["auth_time": .integer(now - 60)]).status == 200)
    }

    @Test("an API token can never step up, and is told so")
    func machine() async throws {
        let answer = try await withRouter(routes) { try await $0.post("/api/v1/keys", bearer: TestIssuer.apiToken) }
        #expect(answer.status == 401)
        #expect(
            answer.string("error", "message") == "This takes a person who has signed in. An API token cannot do it.")
    }

    @Test("a route that asks for a token where none was verified answers 500, lets nobody in, and does not trap")
    func withoutMiddleware() async throws {
        let token = try issuer.token()
        try await withRouter { router in
            router.get("scoped", scope: "jobs:read") { _, _ in "never" }
            router.get("plain") { _, context in try context.token.subject }
            router.get("tenant") { _, context in try context.tenant }
        } _: { client async throws in
            for path in ["/scoped", "/plain", "/tenant"] {
                let answer = try await client.get(path, bearer: token)
                #expect(answer.status == 500)
                #expect(answer.string("error", "code") == "server_error")
                #expect(!answer.text.contains("usr_1"))
            }
        }
    }

    @Test("a handler can ask for more once it knows what the call is about")
    func inside() async throws {
        let token = try issuer.token(["resources": .object(["projects": .array([.string("prj_1")])])])
        try await withRouter { router in
            router.group().add(middleware: BearerAuthentication(testing: issuer.verifier()))
                .post("send", scope: "jobs:read") { _, context in
                    try context.require(.scope("documents:send"))
                    return "sent"
                }
                .get("projects/:id", scope: "jobs:read") { _, context in
                    try context.require("projects", context.parameters.require("id"))
                    return "seen"
                }
        } _: { client async throws in
            let answer = try await client.post("/send", bearer: token)
            #expect(answer.status == 403)
            #expect(answer["WWW-Authenticate"]?.contains("scope=\"documents:send\"") == true)
            #expect(try await client.get("/projects/prj_1", bearer: token).text == "seen")
            let other = try await client.get("/projects/prj_2", bearer: token)
            #expect(other.status == 404 && other.string("error", "code") == "not_found")
        }
    }
}
