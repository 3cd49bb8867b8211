import Database
import HTTPTypes
import Identity
import JOSE
import Testing

@testable import IdentityHTTP

/// API tokens and the audit at `/organization`, by forms alone.
struct APITokenPagesTests {
    /// Ada owns an organization on a plan; her browser has shown a second factor if it is said so.
    private struct Scene: Sendable {
        let server: TestServer
        let ada: TestBrowser
        let id: String

        init(_ server: TestServer, on plan: Organization.Plan = .business, isProven: Bool = true) async throws {
            self.server = server
            ada = try await server.browser(signedInAs: "ada@example.org")
            id = try #require(try await server.organization(of: "ada@example.org"))
            try await put(on: plan)
            if isProven { try await server.proveSessions() }
            _ = try await ada.get("/organization")
        }

        func put(on plan: Organization.Plan) async throws {
            let organization = try #require(Organization.ID(id))
            _ = try await server.provider.organizations.changePlan(
                of: organization, to: plan, at: server.now, from: .server
            ).get()
        }

        func mint(_ label: String = "CI", by browser: TestBrowser? = nil) async throws -> Answer {
            try await (browser ?? ada).post(
                "/organization/tokens",
                ["organization": id, "label": label, "access": "read_only", "lifetime": "90"])
        }

        /// A token that was made, and its secret.
        func minted() async throws -> (id: String, secret: String) {
            let page = try await mint()
            try #require(page.status == .ok, "\(page.text)")
            let secret = try #require(page.text.split(separator: "<code translate=\"no\">").dropFirst().first)
            let token = try #require(APITokenSecret(String(secret.prefix { $0 != "<" })))
            return (token.token.description, String(secret.prefix { $0 != "<" }))
        }

        func page(of token: String) -> String { "/organization/token?organization=\(id)&id=\(token)" }
    }

    @Test("seeds 001, 003: a token is made, shown once, listed with what is known of it, renamed, rotated and revoked")
    func life() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let (id, secret) = try await scene.minted()
            let list = try await scene.ada.get("/organization")
            for word in ["CI", "lk_live_", "…" + secret.suffix(4), "Read-only", "active", "Never used", "0 calls"] {
                #expect(list.text.contains(word), "\(word)")
            }
            #expect(!list.text.contains(secret))
            var headers = HTTPFields.bearer(secret)
            headers[.userAgent] = "robot/1"
            _ = try await server.get("/api/v1/me", headers: headers)
            try await server.provider.apiTokens.flushUses()
            let page = try await scene.ada.get(scene.page(of: id))
            #expect(page.text.contains("1 call") && page.text.contains("robot"))
            #expect(!page.text.contains(secret))

            let form: KeyValuePairs = ["organization": scene.id, "id": id, "label": "Nightly"]
            let renamed = try await scene.ada.post("/organization/tokens/rename", form)
            #expect(renamed.headers[.location] == scene.page(of: id) + "&done=renamed")
            let rotated = try await scene.ada.post(
                "/organization/tokens/rotate", ["organization": scene.id, "id": id, "overlap": "3600"])
            #expect(rotated.status == .ok && rotated.text.contains("The secret from before works until"))
            #expect(rotated.text.contains("lk_live_") && !rotated.text.contains(secret))
            #expect(try await server.get("/api/v1/me", headers: .bearer(secret)).status == .ok)

            let asked = try await scene.ada.post("/organization/tokens/revoke", ["organization": scene.id, "id": id])
            #expect(asked.status == .ok && asked.text.contains("Revoke Nightly?"))
            #expect(try await server.get("/api/v1/me", headers: .bearer(secret)).status == .ok, "it was only asked")
            let revoked = try await scene.ada.post(
                "/organization/tokens/revoke", ["organization": scene.id, "id": id, "confirmed": "yes"])
            #expect(revoked.headers[.location] == "/organization?id=\(scene.id)&done=token-revoked")
            #expect(try await server.get("/api/v1/me", headers: .bearer(secret)).status == .unauthorized)
            let after = try await scene.ada.get("/organization?id=\(scene.id)&done=token-revoked")
            #expect(after.text.contains("The API token was revoked.") && after.text.contains("revoked</span>"))
            for sentence in ["was made", "was given another label", "was given a new secret", "was revoked"] {
                #expect(after.text.contains("<h3>An API token \(sentence)</h3>"), "\(sentence)")
            }
        }
    }

    @Test("making and rotating ask for a second factor in place, hold the whole form, and go on with the code")
    func stepUp() async throws {
        try await withServer { server in
            let scene = try await Scene(server, isProven: false)
            let (app, _) = try await scene.ada.enrol()
            _ = try await scene.ada.get("/organization")
            let asked = try await scene.ada.post(
                "/organization/tokens",
                [
                    "organization": scene.id, "label": "Importer", "access": "custom", "scope:jobs:read": "1",
                    "resources": "projects=prj_1\r\nprojects=prj_2", "lifetime": "never",
                ])
            #expect(asked.status == .forbidden && asked.text.contains("To make an API token"))
            #expect(asked.text.contains(#"name="scope:jobs:read" value="1""#))
            #expect(try await server.number("SELECT count(*) FROM api_tokens") == 0)
            let made = try await scene.ada.post(
                "/organization/tokens",
                [
                    "organization": scene.id, "label": "Importer", "access": "custom", "scope:jobs:read": "1",
                    "resources": "projects=prj_1\r\nprojects=prj_2", "lifetime": "never",
                    "step_up_code": app.code(at: server.now),
                ])
            #expect(made.status == .ok && made.text.contains("Copy your API token now"), "\(made.text)")
            let list = try await scene.ada.get("/organization")
            #expect(list.text.contains("projects: prj_1, prj_2") && list.text.contains("Does not end by itself"))
            server.site.clock.advance(by: .seconds(300))
            let id = try #require(list.text.value(after: "/organization/token?organization=\(scene.id)&amp;id="))
            let rotation = try await scene.ada.post(
                "/organization/tokens/rotate", ["organization": scene.id, "id": id, "overlap": "0"])
            #expect(rotation.status == .forbidden && rotation.text.contains("give this API token a new secret"))
            #expect(try await server.events(.apiTokenRotated) == 0)
        }
    }

    @Test(
        "what is typed wrongly is shown again with its reason, and nothing is made",
        arguments: [
            (["label": "", "access": "full", "lifetime": "7"], "A label has 1 to 100"),
            (["label": "x", "lifetime": "7"], "Choose one of these"),
            (["label": "x", "access": "full"], "Choose one of these"),
            (["label": "x", "access": "full", "lifetime": "12"], "Choose one of these"),
            (["label": "x", "access": "custom", "lifetime": "7"], "Tick 1 to 100"),
            (["label": "x", "access": "full", "lifetime": "7", "scope:jobs:read": "1"], "untick them"),
            (["label": "x", "access": "full", "lifetime": "7", "resources": "a=b"], "leave this empty"),
            (
                ["label": "x", "access": "custom", "lifetime": "7", "scope:jobs:read": "1", "resources": "prj_1"],
                "Write a kind and an id"
            ),
            (["label": "x", "access": "custom", "lifetime": "7", "scope:jobs:fly": "1"], "no scope jobs:fly"),
        ])
    func faults(form: [String: String], words: String) async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let fields =
                form.map { "\(formEncoded($0.key))=\(formEncoded($0.value))" } + [
                    "organization=\(scene.id)", "csrf=\(formEncoded(scene.ada.formToken ?? ""))",
                ]
            let answer = try await scene.ada.postText("/organization/tokens", fields.joined(separator: "&"))
            #expect(answer.status == .badRequest && answer.text.contains(words), "\(answer.text)")
            #expect(try await server.number("SELECT count(*) FROM api_tokens") == 0)
        }
    }

    @Test("no code is asked for what the plan or the token itself forbids: that is told at once")
    func toldFirst() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let (id, _) = try await scene.minted()
            func rotate(_ overlap: String) async throws -> Answer {
                try await scene.ada.post(
                    "/organization/tokens/rotate", ["organization": scene.id, "id": id, "overlap": overlap])
            }
            #expect(try await rotate("3600").status == .ok)
            server.site.clock.advance(by: .seconds(300))
            let running = try await rotate("60")
            #expect(running.status == .conflict && running.text.contains("or let both end at once."))
            #expect(!running.text.contains("step_up_code") && !running.text.contains("overlap 0"))
            #expect(try await rotate("0").text.contains("Set up a second factor first"))
            let unknown = try await scene.ada.post(
                "/organization/tokens",
                [
                    "organization": scene.id, "label": "x", "access": "custom", "lifetime": "7", "scope:jobs:fly": "1",
                ])
            #expect(unknown.status == .badRequest && unknown.text.contains("no scope jobs:fly"))
            try await scene.put(on: .free)
            for answer in [try await scene.mint(), try await rotate("0")] {
                #expect(answer.status == .forbidden && !answer.text.contains("second factor"))
                #expect(answer.text.contains("The plan free of this organization has no API tokens. Ask whoever runs"))
            }
            #expect(try await server.number("SELECT count(*) FROM api_tokens") == 1)
            #expect(try await server.events(.apiTokenRotated) == 1)
        }
    }

    @Test("a rotation says in one sentence what became of the secrets before, with an overlap, without, and of two")
    func wordsOfRotation() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let (id, _) = try await scene.minted()
            func rotate(_ overlap: String) async throws -> Answer {
                try await scene.ada.post(
                    "/organization/tokens/rotate", ["organization": scene.id, "id": id, "overlap": overlap])
            }
            let page = try await scene.ada.get(scene.page(of: id))
            #expect(page.text.contains(#"<option value="0">ends at once</option>"#))
            let overlapping = try await rotate("3600")
            #expect(overlapping.text.contains("The secret from before works until"))
            #expect(overlapping.text.contains("and from then on only this one."))
            // While two work there is one way on, and that is offered alone.
            let two = try await scene.ada.get(scene.page(of: id))
            #expect(two.text.contains("Until then a new one ends both at once."))
            #expect(two.text.contains("Rotate, and end both") && !two.text.contains("<option"))
            let ended = try await rotate("0")
            #expect(ended.text.contains("Every secret from before has ended: what still uses one is refused."))
            #expect(!ended.text.contains("works until"))
        }
    }

    @Test("the quota of the plan is told with grouped digits, and as a number in JSON")
    func groupedDigits() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let (_, secret) = try await scene.minted()
            #expect(try await scene.ada.get("/organization").text.contains("0 of 1,000,000 calls of this month"))
            let limits = try await server.get("/api/v1/me", headers: .bearer(secret)).json["limits"]?.object
            #expect(limits?["calls_per_period"]?.integer == 1_000_000)
            try await server.provider.apiTokens.flushUses()
            _ = try await server.database.write { try $0.run("UPDATE api_token_days SET calls = 12345") }
            #expect(try await scene.ada.get("/organization").text.contains("12,345 calls this month"))
        }
    }

    @Test("a plan without API tokens says so, and one without a choice of permissions offers none")
    func plans() async throws {
        try await withServer { server in
            let scene = try await Scene(server, on: .free)
            let free = try await scene.ada.get("/organization")
            #expect(free.text.contains("The plan free has no API tokens") && !free.text.contains("Make the token"))
            #expect(try await scene.mint().status == .forbidden)
            try await scene.put(on: .pro)
            let pro = try await scene.ada.get("/organization")
            #expect(pro.text.contains("Make the token") && !pro.text.contains(#"value="custom""#))
            #expect(pro.text.contains("The plan pro has no choice of permissions"))
        }
    }

    @Test("members and viewers see neither tokens nor the audit, and are refused what they send all the same")
    func roles() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let (id, _) = try await scene.minted()
            let bob = try await server.browser(signedInAs: "bob@example.org")
            let user = try #require(try await server.user("bob@example.org"))
            try await server.provider.organizations.join(
                try #require(Organization.ID(scene.id)), user.id, as: .member, at: server.now, from: .server)
            try await server.proveSessions()
            let page = try await bob.get("/organization?id=\(scene.id)")
            #expect(page.status == .ok && !page.text.contains("API tokens") && !page.text.contains("What was done"))
            let before = try await server.snapshot()
            #expect(try await bob.get(scene.page(of: id)).status == .forbidden)
            #expect(try await scene.mint(by: bob).status == .forbidden)
            for action in ["rename", "rotate", "revoke"] {
                let answer = try await bob.post(
                    "/organization/tokens/\(action)",
                    ["organization": scene.id, "id": id, "label": "x", "overlap": "0", "confirmed": "yes"])
                #expect(answer.status == .forbidden, "\(action)")
            }
            #expect(try await server.snapshot() == before)
        }
    }

    @Test("another tenant's organization, token and events are not found, whichever is put beside one's own")
    func tenants() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let (id, _) = try await scene.minted()
            let eve = try await server.browser(signedInAs: "eve@example.org")
            let own = try #require(try await server.organization(of: "eve@example.org"))
            _ = try await server.provider.organizations.changePlan(
                of: try #require(Organization.ID(own)), to: .business, at: server.now, from: .server
            ).get()
            try await server.proveSessions()
            _ = try await eve.get("/organization")
            let before = try await server.snapshot()
            #expect(try await eve.get("/organization?id=\(scene.id)").status == .notFound)
            for organization in [scene.id, own, "nonsense"] {
                let path = "/organization/token?organization=\(organization)&id=\(id)"
                #expect(try await eve.get(path).status == .notFound)
                for action in ["rename", "rotate", "revoke"] {
                    let answer = try await eve.post(
                        "/organization/tokens/\(action)",
                        ["organization": organization, "id": id, "label": "x", "overlap": "0", "confirmed": "yes"])
                    #expect(answer.status == .notFound && !answer.text.contains(">CI<"), "\(action) \(organization)")
                }
            }
            #expect(try await scene.mint(by: eve).status == .notFound)
            #expect(try await server.snapshot() == before)
            // The name of an event is a place in a list, and the list is one's own.
            let last = try await server.number("SELECT max(id) FROM audit_events")
            let event = AuditEvent.ID(rawValue: last).description
            let page = try await eve.get("/organization?id=\(own)&events=\(event)")
            #expect(page.status == .ok && !page.text.contains("An API token was made"))
            #expect(try await eve.get("/organization?id=\(own)&events=nonsense").status == .notFound)
        }
    }

    @Test("every form of tokens needs the token of its page")
    func guards() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let (id, _) = try await scene.minted()
            let before = try await server.snapshot()
            for path in ["", "/rename", "/rotate", "/revoke"] {
                let form = "organization=\(scene.id)&id=\(id)&label=x&access=full&lifetime=7&overlap=0&confirmed=yes"
                #expect(try await scene.ada.postText("/organization/tokens\(path)", form).status == .forbidden)
            }
            #expect(try await server.snapshot() == before)
        }
    }

    @Test("the audit goes back in slices, the newest first, to the very beginning and no further")
    func audit() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            for number in 0..<45 {
                _ = try await scene.ada.post(
                    "/organization/rename", ["organization": scene.id, "name": "Name \(number)"])
            }
            var (path, seen, slices) = ("/organization?id=\(scene.id)", 0, 0)
            while true {
                let page = try await scene.ada.get(path)
                let names = page.text.split(separator: "after: <span class=\"token\" translate=\"no\"><bdi>")
                    .dropFirst()
                seen += names.filter { $0.hasPrefix("Name ") }.count
                slices += 1
                guard let earlier = page.text.value(after: "/organization?id=\(scene.id)&amp;events=") else { break }
                try #require(slices < 5)
                path = "/organization?id=\(scene.id)&events=\(earlier.prefix { $0 != "#" })"
            }
            #expect(seen == 45 && slices == 3)
        }
    }
}
