import GRDB
import HTTPTypes
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("CalKeep (seed 001): two walls between workspaces")
struct CalKeepWorkspaceTests {
    private let issuer: TestIssuer
    private let a: String
    private let b: String

    init() throws {
        issuer = try TestIssuer(audience: CalKeep.audience)
        a = try issuer.token(CalKeep.scopes.map(\.scope), of: "org_a")
        b = try issuer.token(CalKeep.scopes.map(\.scope), of: "org_b")
    }

    private func id(_ answer: Reply, _ name: String) -> String { answer.json("data", name, "id")?.string ?? "" }

    private static func counts(_ client: TestClient) async throws -> [Int] {
        try await client.database.read { database in
            try ["contact", "task", "reminder", "audit"].map {
                try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM \($0) WHERE workspace = 'org_b'") ?? -1
            }
        }
    }

    @Test("seed 001: who names another workspace than the token's is 401 on every route, and nothing is done")
    func door() async throws {
        try await withAPI(CalKeep.self, issuer) { [a, b] client in
            for route in CalKeepRouteTests.table {
                let path = route.path(with: "x")
                let answer = try await client.send(
                    route.method, path, b, [("X-CalKeep-Workspace", "org_a")], body: #"{"name":"x"}"#)
                #expect(answer.status == 401 && answer.code == "invalid_token", "\(route)")
                #expect(answer["WWW-Authenticate"]?.contains("error=\"invalid_token\"") == true)
            }
            // Twice, of which one is right; nothing; and the token's own.
            for values in [["org_b", "org_a"], ["org_a", "org_b"], [""], ["ORG_B"], ["org_b,org_b"]] {
                let fields = values.map { ("X-CalKeep-Workspace", $0) }
                let answer = try await client.send(.post, "/contacts", b, fields, body: #"{"name":"x"}"#)
                #expect(answer.status == 401, "\(values)")
            }
            #expect(try await Self.counts(client).allSatisfy { $0 == 0 })
            let own = [("X-CalKeep-Workspace", "org_a")]
            #expect(try await client.post("/contacts", a, #"{"name":"x"}"#, own).status == 201)
        }
    }

    @Test("seed 001: what another workspace has is in no list, and 404 to read, as if it were nobody's")
    func reads() async throws {
        try await withAPI(CalKeep.self, issuer) { [a, b] client in
            try CalKeep(client.database).seed(tenant: "org_a")
            let contact = id(try await client.post("/contacts", a, #"{"name":"Secret"}"#), "contact")
            let task = id(try await client.post("/tasks", a, #"{"title":"Secret"}"#), "task")
            let reminder = #"{"text":"Secret","remindAt":"2030-01-01T00:00:00Z"}"#
            #expect(try await client.post("/reminders", a, reminder).status == 201)
            let booking = try await client.get("/bookings", a).json("data", "bookings", "0", "id")?.string ?? ""

            for (path, name) in [
                ("contacts", "contacts"), ("bookings", "bookings"), ("tasks", "tasks"), ("reminders", "reminders"),
                ("calendar-health", "calendarAccounts"),
            ] {
                #expect(try await client.get("/\(path)", a).json("data", name)?.array?.isEmpty == false, "\(path)")
                let other = try await client.get("/\(path)", b)
                #expect(other.json("data", name)?.array?.isEmpty == true, "\(path)")
                #expect(other.json("data", "pagination", "total")?.integer == 0, "\(path)")
            }
            for path in ["/contacts/\(contact)", "/bookings/\(booking)", "/tasks/\(task)"] {
                #expect(try await client.get(path, a).status == 200)
                let name = [("X-Request-Id", "same")]
                let hidden = try await client.get(path, b, name)
                #expect(hidden.status == 404 && hidden.code == "not_found", "\(path)")
                #expect(hidden.text == (try await client.get("/contacts/con_none", b, name)).text)
            }
            #expect(try await client.get("/workspace", b).json("data", "workspace", "name")?.string == "org_b")
            #expect(try await client.get("/workspace", a).json("data", "workspace", "name")?.string == "Harbour Studio")
        }
    }

    @Test("seed 001: a write that points to what another workspace has is 403, and so is one that points to nothing")
    func writes() async throws {
        try await withAPI(CalKeep.self, issuer) { [a, b] client in
            let contact = id(try await client.post("/contacts", a, #"{"name":"Secret"}"#), "contact")
            let task = id(try await client.post("/tasks", a, #"{"title":"Secret"}"#), "task")
            for (contact, task) in [(contact, task), ("con_none", "task_none")] {
                let when = #""remindAt":"2030-01-01T00:00:00Z""#
                let refused = [
                    try await client.patch("/contacts/\(contact)", b, #"{"name":"Mine"}"#),
                    try await client.patch("/tasks/\(task)", b, #"{"status":"done"}"#),
                    try await client.post("/tasks", b, #"{"title":"x","contactId":"\#(contact)"}"#),
                    try await client.post("/reminders", b, #"{"text":"x",\#(when),"taskId":"\#(task)"}"#),
                    try await client.post("/reminders", b, #"{"text":"x",\#(when),"contactId":"\#(contact)"}"#),
                ]
                for (number, answer) in refused.enumerated() {
                    #expect(answer.status == 403 && answer.code == "forbidden_workspace", "\(number)")
                    #expect(answer.json("error", "message")?.string?.contains("Secret") == false)
                }
            }
            #expect(try await Self.counts(client) == [0, 0, 0, 0])
            #expect(try await client.get("/contacts/\(contact)", a).json("data", "contact", "name")?.string == "Secret")
            #expect(try await client.get("/tasks/\(task)", a).json("data", "task", "status")?.string == "open")
        }
    }

    @Test("the schema itself refuses a row that points to another workspace's")
    func schema() async throws {
        try await withAPI(CalKeep.self, issuer) { [a] client in
            let contact = id(try await client.post("/contacts", a, #"{"name":"x"}"#), "contact")
            await #expect(throws: DatabaseError.self) {
                try await client.database.write { database in
                    try database.execute(
                        sql: """
                            INSERT INTO task (id, workspace, title, status, contact_id, created_at, updated_at)
                            VALUES ('task_1', 'org_b', 'x', 'open', ?, '', '')
                            """,
                        arguments: [contact])
                }
            }
        }
    }

    @Test("seed 001: each write leaves a line in the audit with the caller's own request id, and a refusal leaves none")
    func audit() async throws {
        try await withAPI(CalKeep.self, issuer) { [a] client in
            let name = [("X-Request-Id", "crm-77")]
            let contact = id(try await client.post("/contacts", a, #"{"name":"x"}"#, name), "contact")
            _ = try await client.patch("/contacts/\(contact)", a, #"{"phone":"1"}"#)
            let task = id(try await client.post("/tasks", a, #"{"title":"x"}"#), "task")
            _ = try await client.patch("/tasks/\(task)", a, #"{"status":"done"}"#)
            _ = try await client.post("/reminders", a, #"{"text":"x","remindAt":"2030-01-01T00:00:00Z"}"#)
            _ = try await client.post("/contacts", a, #"{"name":""}"#)
            _ = try await client.patch("/contacts/con_none", a, #"{"name":"x"}"#)
            _ = try await client.get("/contacts", a)
            let lines = try await client.database.read { database in
                try Row.fetchAll(database, sql: "SELECT * FROM audit ORDER BY sequence").map {
                    [$0["action"], $0["target"], $0["request_id"], $0["subject"], $0["workspace"]] as [String]
                }
            }
            #expect(
                lines.map { $0[0] } == [
                    "CONTACT_CREATED", "CONTACT_UPDATED", "TASK_CREATED", "TASK_STATUS_UPDATED", "REMINDER_CREATED",
                ])
            #expect(lines.first == ["CONTACT_CREATED", contact, "crm-77", "usr_1", "org_a"])
            #expect(lines.dropFirst().allSatisfy { $0[2].hasPrefix("req_") })
        }
    }
}
