import GRDB
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("CrewKeel (seed 000): tenants")
struct CrewKeelTenantTests {
    private let issuer: TestIssuer
    private let a: String
    private let b: String

    init() throws {
        issuer = try TestIssuer(audience: CrewKeel.audience)
        a = try issuer.token(CrewKeel.scopes.map(\.scope), of: "org_a")
        b = try issuer.token(CrewKeel.scopes.map(\.scope), of: "org_b")
    }

    @Test("seed 000: on no route does a token see or change another contractor's things, nor learn that they are there")
    func isolation() async throws {
        try await withAPI(CrewKeel.self, issuer) { [a, b] client in
            let customer =
                try await client.post("/customers", a, #"{"display_name":"Secret"}"#).json("id")?.string ?? ""
            let job = try await client.post("/jobs", a, JobTests.roof).json("id")?.string ?? ""
            let estimate =
                try await client.post("/estimates", a, #"{"job":"\#(job)","send":true}"#).json("id")?.string ?? ""
            let invoice =
                try await client.post("/invoices", a, #"{"job":"\#(job)","send":true}"#).json("id")?.string ?? ""
            let before = try await client.get("/jobs/\(job)", a).text

            for list in ["jobs", "estimates", "invoices", "customers"] {
                let answer = try await client.get("/\(list)", b)
                #expect(answer.json(list)?.array?.isEmpty == true && answer.json("pagination", "total")?.integer == 0)
            }
            for path in [
                "/jobs/\(job)", "/jobs/JOB-1001", "/estimates/\(estimate)", "/estimates/\(estimate)/pdf",
                "/invoices/\(invoice)", "/invoices/\(invoice)/pdf",
            ] {
                #expect(try await client.get(path, a).status == 200, "\(path)")
                let hidden = try await client.get(path, b)
                #expect(hidden.status == 404, "\(path)")
                // To the letter what is said of a thing that is nobody's.
                #expect(hidden.text == (try await client.get("/jobs/job_none", b)).text)
            }
            for name in [job, "JOB-1001"] {
                #expect(try await client.patch("/jobs/\(name)", b, #"{"status":"cancelled"}"#).status == 404)
                for kind in ["estimates", "invoices"] {
                    #expect(try await client.post("/\(kind)", b, #"{"job":"\#(name)","send":true}"#).status == 422)
                }
            }
            let foreign = try await client.post("/jobs", b, #"{"title":"x","customer_id":"\#(customer)"}"#)
            let nobodys = try await client.post("/jobs", b, #"{"title":"x","customer_id":"cus_none"}"#)
            #expect(foreign.status == 422 && foreign.text == nobodys.text)

            #expect(try await client.get("/jobs/\(job)", a).text == before)
            let counts = try await client.database.read { database in
                try ["job", "document"].map {
                    try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM \($0) WHERE tenant = 'org_b'")
                }
            }
            #expect(counts == [0, 0])
            #expect(try await client.get("/me", b).json("contractor", "id")?.string == "org_b")
        }
    }

    @Test("seed 000: references are counted by contractor: nobody sees from theirs how many jobs others have")
    func references() async throws {
        try await withAPI(CrewKeel.self, issuer) { [a, b] client in
            for _ in 1...3 { _ = try await client.post("/jobs", a, #"{"title":"a"}"#) }
            let first = try await client.post("/jobs", b, #"{"title":"b"}"#)
            #expect(first.json("reference")?.string == "JOB-1001")
            #expect(try await client.get("/jobs/JOB-1001", a).json("title")?.string == "a")
            #expect(try await client.get("/jobs/JOB-1001", b).json("title")?.string == "b")
        }
    }

    @Test("the schema itself refuses a row that points to another tenant's")
    func schema() async throws {
        try await withAPI(CrewKeel.self, issuer) { [a] client in
            let job = try await client.post("/jobs", a, #"{"title":"a"}"#).json("id")?.string
            await #expect(throws: DatabaseError.self) {
                try await client.database.write { database in
                    try database.execute(
                        sql: """
                            INSERT INTO line_item (tenant, job_id, description, quantity, unit_price_cents)
                            VALUES ('org_b', ?, 'x', 1, 1)
                            """,
                        arguments: [job])
                }
            }
        }
    }

    @Test("a seeded organization has something to look at, is seeded once, and alone")
    func seeding() async throws {
        try await withAPI(CrewKeel.self, issuer) { [a, b] client in
            let api = try CrewKeel(client.database)
            for _ in 1...2 { try api.seed(tenant: "org_a") }
            let jobs = try await client.get("/jobs", a)
            #expect(jobs.json("pagination", "total")?.integer == 2)
            #expect(try await client.get("/estimates", a).json("pagination", "total")?.integer == 2)
            #expect(try await client.post("/invoices", a, #"{"job":"JOB-1001","send":true}"#).status == 201)
            #expect(try await client.get("/jobs", b).json("pagination", "total")?.integer == 0)
        }
    }
}
