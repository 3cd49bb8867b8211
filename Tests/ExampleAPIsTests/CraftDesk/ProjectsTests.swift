import Foundation
import GRDB
import HTTPTypes
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("Seed 003: projects and tasks of CraftDesk")
struct ProjectsTests {
    private let tokens: CraftDeskTokens

    init() throws {
        tokens = try CraftDeskTokens()
    }

    @Test("seed 003: GET /v1/projects answers a plain array, as projects = response.json() expects it")
    func list() async throws {
        try await tokens.withCraftDesk { api, token in
            #expect(try await api.get("/projects", token, [("Content-Type", "application/json")]).text == "[]")
            for name in ["One", "Two", "Three"] { _ = try await api.make("/projects", token, #"{"name": "\#(name)"}"#) }
            let page = try await api.get("/projects?limit=2", token)
            let rows = try JSONValue.parse(page.bytes).array ?? []
            #expect(rows.compactMap { $0.object?["name"]?.string } == ["Three", "Two"])
            #expect(page["X-Total-Count"] == "3" && page["Link"]?.contains("page=2") == true)
        }
    }

    @Test("seed 003: a project and its tasks are made, read, changed and deleted")
    func life() async throws {
        try await tokens.withCraftDesk { api, token in
            let made = try await api.post("/projects", token, #"{"name": "Küche", "due_date": "2027-03-31"}"#)
            #expect(made.status == 201 && made.json("status")?.string == "active")
            let path = "/projects/\(try #require(made.json("id")?.string))"
            let task = try await api.post(path + "/tasks", token, #"{"title": "Measure"}"#)
            #expect(task.status == 201 && task.json("status")?.string == "todo")
            let taskPath = path + "/tasks/\(try #require(task.json("id")?.string))"
            let done = try await api.patch(taskPath, token, #"{"status": "done", "description": "Twice"}"#)
            #expect(done.status == 200 && done.json("title")?.string == "Measure")
            #expect(try await api.get(taskPath, token).text == done.text)
            #expect(try JSONValue.parse(await api.get(path + "/tasks", token).bytes).array?.count == 1)
            let renamed = try await api.patch(path, token, #"{"name": "Kitchen", "due_date": null}"#)
            #expect(renamed.json("name")?.string == "Kitchen" && renamed.json("due_date") == nil)
            #expect(try await api.delete(taskPath, token).status == 204)
            #expect(try await api.get(taskPath, token).status == 404)
            _ = try await api.make(path + "/tasks", token, #"{"title": "Again"}"#)
            #expect(try await api.delete(path, token).status == 204)
            #expect(try await api.get(path + "/tasks", token).status == 404)
            let left = try await api.database.read { try ProjectTask.count(of: "org_a", in: $0) }
            #expect(left == 0)
        }
    }

    @Test("seed 003: a task is reached by way of its own project alone, and given to one of the team")
    func tasks() async throws {
        try await tokens.withCraftDesk { api, token in
            let one = try await api.make("/projects", token, #"{"name": "One"}"#)
            let two = try await api.make("/projects", token, #"{"name": "Two"}"#)
            let task = try await api.make("/projects/\(one)/tasks", token, #"{"title": "Measure"}"#)
            #expect(try await api.get("/projects/\(two)/tasks/\(task)", token).status == 404)
            #expect(try await api.patch("/projects/\(two)/tasks/\(task)", token, #"{"title": "x"}"#).status == 404)
            #expect(try await api.delete("/projects/\(two)/tasks/\(task)", token).status == 404)
            let nobody = try await api.patch(
                "/projects/\(one)/tasks/\(task)", token, #"{"assignee_id": "mbr_none", "title": "x"}"#)
            #expect(nobody.status == 400 && nobody.text.contains("assignee_id"))
            let member = TeamMember("Ada", "ada@example.com", .owner, at: .now)
            try await api.database.write { try member.insert(for: "org_a", in: $0) }
            let given = try await api.patch(
                "/projects/\(one)/tasks/\(task)", token, #"{"assignee_id": "\#(member.id)"}"#)
            #expect(given.json("assignee_id")?.string == member.id && given.json("title")?.string == "Measure")
            let team = try await api.get("/team", token)
            #expect(try JSONValue.parse(team.bytes).array?.first?.object?["email"]?.string == "ada@example.com")
            #expect(try await api.get("/team/\(member.id)", token).json("role")?.string == "owner")
        }
    }

    @Test(
        "seed 003: a body that is not as it should be is 400, names its field and makes nothing",
        arguments: [
            (#"{}"#, "name"), (#"{"name": ""}"#, "name"), (#"{"name": 7}"#, "name"), (#"{"name": "a", "x": 1}"#, "x"),
            (#"{"name": "a", "status": "lost"}"#, "status"), (#"{"name": "a", "due_date": "2027-13-01"}"#, "due_date"),
            (#""name""#, "object"), ("{", "JSON"),
        ])
    func badBodies(_ body: String, _ field: String) async throws {
        try await tokens.withCraftDesk { api, token in
            let answer = try await api.post("/projects", token, body)
            #expect(answer.status == 400 && answer.code == "invalid_request")
            #expect(answer.json("error", "message")?.string?.contains(field) == true, "\(answer.text)")
            #expect(try await api.get("/projects", token).text == "[]")
            let large = try await api.post(
                "/projects", token, #"{"name": "\#(String(repeating: "a", count: 70_000))"}"#)
            #expect(large.status == 413)
        }
    }

    @Test("seed 003: with an Idempotency-Key a project is made once")
    func idempotency() async throws {
        try await tokens.withCraftDesk { api, token in
            let key = [("Idempotency-Key", "k")]
            let first = try await api.post("/projects", token, #"{"name": "One"}"#, key)
            let second = try await api.post("/projects", token, #"{"name": "One"}"#, key)
            #expect(first.status == 201 && second.status == 201 && first.text == second.text)
            #expect(try await api.post("/projects", token, #"{"name": "Two"}"#, key).status == 422)
            #expect(try JSONValue.parse(await api.get("/projects", token).bytes).array?.count == 1)
        }
    }
}
