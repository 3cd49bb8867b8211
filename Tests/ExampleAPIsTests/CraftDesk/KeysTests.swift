import Foundation
import GRDB
import HTTPTypes
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("Seed 003: full, read-only and custom keys of CraftDesk")
struct KeysTests {
    private let tokens: CraftDeskTokens

    init() throws {
        tokens = try CraftDeskTokens()
    }

    private static let table = operations.map { operation in
        DocumentedRoute(
            operation.method,
            [("PROJECT", "{id}"), ("TASK", "{task}"), ("MEMBER", "{id}")].reduce(operation.path) { path, name in
                path.replacing(name.0, with: name.1)
            }, operation.scope)
    }

    /// Every operation that takes a scope, and which.
    private static let operations: [(method: HTTPRequest.Method, path: String, scope: String)] = [
        (.get, "/projects", "projects:read"), (.get, "/projects/PROJECT", "projects:read"),
        (.post, "/projects", "projects:write"), (.patch, "/projects/PROJECT", "projects:write"),
        (.delete, "/projects/PROJECT", "projects:write"),
        (.get, "/projects/PROJECT/tasks", "project_tasks:read"),
        (.get, "/projects/PROJECT/tasks/TASK", "project_tasks:read"),
        (.post, "/projects/PROJECT/tasks", "project_tasks:write"),
        (.patch, "/projects/PROJECT/tasks/TASK", "project_tasks:write"),
        (.delete, "/projects/PROJECT/tasks/TASK", "project_tasks:write"),
        (.get, "/team", "team:read"), (.get, "/team/MEMBER", "team:read"),
    ]

    @Test(
        "seed 003: every operation refuses a key with all scopes but its own with 403, and one that is missing with 401"
    )
    func scopes() async throws {
        #expect(Set(Self.operations.map(\.scope)) == Set(CraftDeskTokens.all))
        let issuer = tokens.issuer
        try await tokens.withCraftDesk { api, _ in
            for operation in Self.operations {
                let token = try issuer.token(CraftDeskTokens.all.filter { $0 != operation.scope })
                let answer = try await api.send(operation.method, operation.path, token, body: "{}")
                #expect(answer.status == 403 && answer.code == "forbidden_scope", "\(operation)")
                let alone = try issuer.token([operation.scope], login: "grt_2")
                let granted = try await api.send(operation.method, operation.path, alone, body: "{}")
                #expect([200, 400, 404].contains(granted.status), "\(operation): \(granted.text)")
                let missing = try await api.send(operation.method, operation.path, nil, body: "{}")
                #expect(missing.status == 401 && missing.code == "invalid_token", "\(operation)")
            }
            for header in ["Token abc", "Bearer", "Bearer x"] {
                let answer = try await api.get("/projects", nil, [("Authorization", header)])
                #expect(answer.status == 401, "\(header)")
            }
        }
    }

    @Test("seed 003: a read-only key reads everything and is 403 where something would be created, changed or deleted")
    func readOnly() async throws {
        let readOnly = try tokens.issuer.token(CraftDeskTokens.all.filter { $0.hasSuffix(":read") }, login: "tok_r")
        try await tokens.withCraftDesk { api, token in
            let id = try await api.make("/projects", token, #"{"name": "One"}"#)
            for operation in Self.operations {
                let path = operation.path.replacing("PROJECT", with: id)
                let answer = try await api.send(operation.method, path, readOnly, body: #"{"name": "x"}"#)
                #expect((answer.status == 403) == operation.scope.hasSuffix(":write"), "\(operation): \(answer.text)")
            }
            #expect(try await api.get("/projects/\(id)", token).json("name")?.string == "One")
        }
    }

    @Test("seed 003: a key confined to a project sees and changes that one alone; the others are 403, there or not")
    func confined() async throws {
        let tokens = tokens
        try await tokens.withCraftDesk { api, token in
            let (own, other) = (
                try await api.make("/projects", token, #"{"name": "Own"}"#),
                try await api.make("/projects", token, #"{"name": "Other"}"#)
            )
            let task = try await api.make("/projects/\(other)/tasks", token, #"{"title": "Secret"}"#)
            let key = try tokens.confined(to: [own])
            let list = try await api.get("/projects", key)
            #expect(try JSONValue.parse(list.bytes).array?.compactMap { $0.object?["id"]?.string } == [own])
            #expect(list["X-Total-Count"] == "1")
            #expect(try await api.patch("/projects/\(own)", key, #"{"name": "Mine"}"#).status == 200)
            #expect(try await api.post("/projects/\(own)/tasks", key, #"{"title": "Measure"}"#).status == 201)
            for (method, path) in Self.operations.map({ ($0.method, $0.path) }) where path.contains("PROJECT") {
                let path = path.replacing("TASK", with: task)
                let there = try await api.send(
                    method, path.replacing("PROJECT", with: other), key, body: #"{"title": "x"}"#)
                let nowhere = try await api.send(
                    method, path.replacing("PROJECT", with: "prj_none"), key, body: #"{"title": "x"}"#)
                #expect(there.status == 403 && there.code == "forbidden_project", "\(method) \(path)")
                #expect(there.text == nowhere.text)
            }
            #expect(try await api.get("/projects/\(own)/tasks/\(task)", key).status == 404)
            #expect(try await api.get("/projects/\(other)", token).json("name")?.string == "Other")
            let tasks = try await api.get("/projects/\(other)/tasks", token)
            #expect(try JSONValue.parse(tasks.bytes).array?.count == 1)
        }
    }

    @Test("seed 003: a confined key cannot make a project, and is told why; one that is confined to none sees none")
    func confinedCreation() async throws {
        let tokens = tokens
        try await tokens.withCraftDesk { api, token in
            let id = try await api.make("/projects", token, #"{"name": "One"}"#)
            for key in [try tokens.confined(to: [id]), try tokens.confined(to: [])] {
                let refused = try await api.post("/projects", key, #"{"name": "Two"}"#)
                #expect(refused.status == 403 && refused.code == "forbidden_project")
                #expect(refused.json("error", "message")?.string?.contains("confined to certain projects") == true)
            }
            #expect(try await api.get("/projects", tokens.confined(to: [])).text == "[]")
            #expect(try JSONValue.parse(await api.get("/projects", token).bytes).array?.count == 1)
        }
    }

    @Test("seed 003: write access to project tasks only, as the document has it, opens nothing else")
    func tasksOnly() async throws {
        let tokens = tokens
        try await tokens.withCraftDesk { api, token in
            let id = try await api.make("/projects", token, #"{"name": "One"}"#)
            let key = try tokens.confined(to: [id], ["project_tasks:write"])
            #expect(try await api.post("/projects/\(id)/tasks", key, #"{"title": "Measure"}"#).status == 201)
            for path in ["/projects", "/projects/\(id)", "/projects/\(id)/tasks", "/team"] {
                #expect(try await api.get(path, key).status == 403)
            }
        }
    }

    @Test("seed 003: no workspace sees, changes, points to or counts what belongs to another, on any route")
    func tenants() async throws {
        let stranger = try tokens.full(of: "org_b")
        try await tokens.withCraftDesk { api, token in
            let id = try await api.make("/projects", token, #"{"name": "One"}"#)
            let task = try await api.make("/projects/\(id)/tasks", token, #"{"title": "Measure"}"#)
            let member = TeamMember("Ada", "ada@example.com", .owner, at: .now)
            try await api.database.write { try member.insert(for: "org_a", in: $0) }
            let before = try await (api.get("/projects", token).text, api.get("/projects/\(id)/tasks", token).text)
            for (method, path, _) in Self.operations where path.contains(where: \.isUppercase) {
                let path = path.replacing("PROJECT", with: id).replacing("TASK", with: task)
                    .replacing("MEMBER", with: member.id)
                let body = path.contains("tasks") ? #"{"title": "x"}"# : #"{"name": "x"}"#
                let answer = try await api.send(method, path, stranger, body: body)
                let none = try await api.send(method, path.replacing("_", with: "_x"), stranger, body: body)
                #expect(answer.status == 404 && answer.text == none.text, "\(method) \(path): \(answer.text)")
            }
            let own = try await api.make("/projects", stranger, #"{"name": "Own"}"#)
            let pointing = try await api.post(
                "/projects/\(own)/tasks", stranger, #"{"title": "x", "assignee_id": "\#(member.id)"}"#)
            #expect(pointing.status == 400)
            #expect(try await api.get("/team", stranger).text == "[]")
            #expect(try JSONValue.parse(await api.get("/projects", stranger).bytes).array?.count == 1)
            #expect(try await api.get("/projects", token).text == before.0)
            #expect(try await api.get("/projects/\(id)/tasks", token).text == before.1)
            let usage = try await api.get("/usage", stranger)
            #expect(usage.json("keys")?.array?.count == 1 && !usage.text.contains("grt_org_a"))
        }
    }
}
