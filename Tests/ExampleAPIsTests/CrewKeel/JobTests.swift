import GRDB
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("CrewKeel (seed 000): jobs and customers")
struct JobTests {
    private let issuer: TestIssuer
    private let token: String

    init() throws {
        issuer = try TestIssuer(audience: CrewKeel.audience)
        token = try issuer.token(CrewKeel.scopes.map(\.scope))
    }

    static let roof = """
        {"title": "屋根の修理 🏠", "description": "Line one\\nline two",
         "line_items": [{"description": "Slates", "quantity": 120, "unit_price_cents": 450},
                        {"description": "Hours", "quantity": 16, "unit_price_cents": 6500}]}
        """

    @Test(
        "seed 000: a job is created, read by reference or id with its line items and documents, and listed newest first"
    )
    func jobs() async throws {
        try await withAPI(CrewKeel.self, issuer) { [token] client in
            let made = try await client.post("/jobs", token, Self.roof)
            #expect(made.status == 201)
            let id = try #require(made.json("id")?.string)
            #expect(made.json("reference")?.string == "JOB-1001")
            #expect(made.json("title")?.string == "屋根の修理 🏠")
            #expect(made.json("status")?.string == "open")
            _ = try await client.post("/estimates", token, #"{"job":"JOB-1001"}"#)
            for name in [id, "JOB-1001"] {
                let job = try await client.get("/jobs/\(name)", token)
                #expect(job.status == 200 && job.json("id")?.string == id)
                #expect(job.json("line_items", "0", "total_cents")?.integer == 54_000)
                #expect(job.json("line_items", "1", "unit_price_cents")?.integer == 6_500)
                #expect(job.json("documents", "0", "number")?.string == "EST-1001")
                #expect(job.json("created_at")?.string?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
            }
            for title in ["b", "c"] { _ = try await client.post("/jobs", token, #"{"title":"\#(title)"}"#) }
            let first = try await client.get("/jobs?limit=2", token)
            #expect(first.json("jobs")?.array?.compactMap { $0.object?["title"]?.string } == ["c", "b"])
            #expect(first.json("pagination", "total")?.integer == 3)
            let second = try await client.get("/jobs?limit=2&page=2", token)
            #expect(second.json("jobs")?.array?.compactMap { $0.object?["id"]?.string } == [id])
            for name in ["JOB-1004", "JOB-1", "job_x", "1001", "%27%20OR%201=1"] {
                #expect(try await client.get("/jobs/\(name)", token).status == 404, "\(name)")
            }
        }
    }

    @Test("seed 000: PATCH changes a job's status and nothing else")
    func status() async throws {
        try await withAPI(CrewKeel.self, issuer) { [token] client in
            _ = try await client.post("/jobs", token, Self.roof)
            let changed = try await client.patch("/jobs/JOB-1001", token, #"{"status":"in_progress"}"#)
            #expect(changed.status == 200 && changed.json("status")?.string == "in_progress")
            for body in [
                #"{"status":"lost"}"#, "{}", #"{"status":null}"#, #"{"status":"open","title":"x"}"#,
                #"{"status":["open"]}"#,
            ] {
                let refused = try await client.patch("/jobs/JOB-1001", token, body)
                #expect(refused.status == 400 && refused.code == "invalid_request", "\(body)")
            }
            let job = try await client.get("/jobs/JOB-1001", token)
            #expect(job.json("status")?.string == "in_progress")
            #expect(job.json("title")?.string == "屋根の修理 🏠")
            #expect(try await client.patch("/jobs/JOB-9", token, #"{"status":"open"}"#).status == 404)
        }
    }

    @Test(
        "seed 000: a body that is not as it should be is 400 and names its field; nothing is stored",
        arguments: [
            ("", "body"), ("[]", "body"), ("7", "body"), (#"{"title":"#, "body"), ("{}", "title"),
            (#"{"title":null}"#, "title"), (#"{"title":""}"#, "title"), (#"{"title":"  \n"}"#, "title"),
            (#"{"title":7}"#, "title"), (#"{"title":"a\u0000b"}"#, "title"),
            (#"{"title":"x","colour":"red"}"#, "colour"),
            (#"{"title":"x","line_items":{}}"#, "line_items"), (#"{"title":"x","line_items":[7]}"#, "line_items[0]"),
            (#"{"title":"x","line_items":[{}]}"#, "line_items[0].description"),
            (
                #"{"title":"x","line_items":[{"description":"d","quantity":0,"unit_price_cents":1}]}"#,
                "line_items[0].quantity"
            ),
            (
                #"{"title":"x","line_items":[{"description":"d","quantity":1.5,"unit_price_cents":1}]}"#,
                "line_items[0].quantity"
            ),
            (
                #"{"title":"x","line_items":[{"description":"d","quantity":1,"unit_price_cents":1e30}]}"#,
                "line_items[0].unit_price_cents"
            ),
            (
                #"{"title":"x","line_items":[{"description":"d","quantity":1,"unit_price_cents":-1}]}"#,
                "line_items[0].unit_price_cents"
            ),
            (
                #"{"title":"x","line_items":[{"description":"d","quantity":1,"unit_price_cents":1,"total_cents":0}]}"#,
                "line_items[0].total_cents"
            ),
        ])
    func badBodies(body: String, field: String) async throws {
        try await withAPI(CrewKeel.self, issuer) { [token] client in
            let refused = try await client.post("/jobs", token, body)
            #expect(refused.status == 400 && refused.code == "invalid_request", "\(refused.text)")
            #expect(refused.json("error", "message")?.string?.contains(field) == true, "\(refused.text)")
            #expect(try await client.database.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM job") } == 0)
        }
    }

    @Test("seed 000: what is too long, too many or too large is refused")
    func bounds() async throws {
        try await withAPI(CrewKeel.self, issuer) { [token] client in
            let fits = String(repeating: "é", count: 200)
            #expect(try await client.post("/jobs", token, #"{"title":"\#(fits)"}"#).status == 201)
            #expect(try await client.post("/jobs", token, #"{"title":"\#(fits)x"}"#).status == 400)
            let item = #"{"description":"d","quantity":10000,"unit_price_cents":100000000}"#
            let most = Array(repeating: item, count: 100).joined(separator: ",")
            #expect(
                try await client.post("/jobs", token, #"{"title":"t","line_items":[\#(most),\#(item)]}"#).status == 400)
            #expect(try await client.post("/jobs", token, #"{"title":"t","line_items":[\#(most)]}"#).status == 201)
            // The dearest there can be.
            let invoice = try await client.post("/invoices", token, #"{"job":"JOB-1002","send":true}"#)
            #expect(invoice.json("total_cents")?.integer == 100_000_000_000_000)
            let large = #"{"title":"x","description":"\#(String(repeating: "x", count: 65_536))"}"#
            let refused = try await client.post("/jobs", token, large)
            #expect(refused.status == 413 && refused.code == "body_too_large")
        }
    }

    @Test("seed 000: a customer needs a display_name, and is listed with the jobs it was seen in")
    func customers() async throws {
        try await withAPI(CrewKeel.self, issuer) { [token] client in
            for body in [
                "{}", #"{"display_name":""}"#, #"{"display_name":"x","email":"@"}"#,
                #"{"display_name":"x","email":"bad"}"#,
                #"{"name":"x"}"#,
            ] {
                #expect(try await client.post("/customers", token, body).status == 400, "\(body)")
            }
            let made = try await client.post("/customers", token, #"{"display_name":"Café","email":"a@b.example"}"#)
            #expect(made.status == 201)
            let id = try #require(made.json("id")?.string)
            for _ in 1...2 {
                let job = try await client.post("/jobs", token, #"{"title":"x","customer_id":"\#(id)"}"#)
                #expect(job.json("customer_id")?.string == id)
            }
            let listed = try await client.get("/customers", token)
            #expect(listed.json("customers", "0", "display_name")?.string == "Café")
            #expect(listed.json("customers", "0", "job_count")?.integer == 2)
            #expect(listed.json("pagination", "total")?.integer == 1)
            let unknown = try await client.post("/jobs", token, #"{"title":"x","customer_id":"cus_x"}"#)
            #expect(unknown.status == 422 && unknown.code == "unknown_customer")
        }
    }

    @Test("seed 000: a call repeated with its Idempotency-Key makes one job")
    func repetition() async throws {
        try await withAPI(CrewKeel.self, issuer) { [token] client in
            let key = [("Idempotency-Key", "k1")]
            let first = try await client.post("/jobs", token, Self.roof, key)
            let second = try await client.post("/jobs", token, Self.roof, key)
            #expect(first.status == 201 && first.text == second.text)
            #expect(try await client.get("/jobs", token).json("pagination", "total")?.integer == 1)
        }
    }
}
