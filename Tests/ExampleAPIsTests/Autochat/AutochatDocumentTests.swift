import GRDB
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("Seed 002: autoch.at")
struct AutochatDocumentTests {
    private let tokens: AutochatTokens

    init() throws {
        tokens = try AutochatTokens()
    }

    @Test("seed 002: Create Invoice, as the document has it to the byte, makes an invoice over 100.00")
    func createInvoice() async throws {
        try await tokens.withAutochat { api, token in
            let client = try await api.make("/clients", token, #"{"name": "Ann"}"#)
            let body = """
                {
                    "client_id": "\(client)",
                    "due_date": "2024-12-31",
                    "line_items": [
                      {
                        "description": "Service",
                        "quantity": 1,
                        "rate": 100.00
                      }
                    ]
                  }
                """
            let made = try await api.post("/invoices", token, body, [("Content-Type", "application/json")])
            #expect(made.status == 201)
            #expect(made.json("data", "client_id")?.string == client)
            #expect(made.json("data", "due_date")?.string == "2024-12-31")
            #expect(made.json("data", "line_items", "0", "rate")?.amount == 100)
            #expect(made.json("data", "total")?.amount == 100)
            #expect(made.json("data", "status")?.string == "draft")
            let id = try #require(made.json("data", "id")?.string)
            #expect(try await api.get("/invoices/\(id)", token).json("data") == made.json("data"))
        }
    }

    @Test(
        "seed 002: List Clients and List Products answer {data} with what there is, and ?type=service leaves out things"
    )
    func lists() async throws {
        try await tokens.withAutochat { api, token in
            #expect(try await api.get("/clients", token).text == #"{"data":[]}"#)
            for (name, type) in [("Design", "service"), ("Stand", "product"), ("Advice", "service")] {
                let body = #"{"name": "\#(name)", "type": "\#(type)", "rate": 12.5}"#
                #expect(try await api.post("/products", token, body).status == 201)
            }
            let services = try await api.get("/products?type=service", token)
            #expect(services.json("data")?.array?.compactMap { $0.object?["name"]?.string } == ["Advice", "Design"])
            #expect(services["X-Total-Count"] == "2")
            #expect(try await api.get("/products", token).json("data")?.array?.count == 3)
            let unknown = try await api.get("/products?type=thing", token)
            #expect(unknown.status == 400 && unknown.text.contains("type must be one of"))
        }
    }

    @Test("seed 002: an error is {error:{message,code}} with its code in capitals, and nothing else")
    func errors() async throws {
        try await tokens.withAutochat { api, token in
            let missing = try await api.get("/clients/cli_none", token)
            #expect(missing.status == 404)
            #expect(
                missing.text
                    == #"{"error":{"message":"There is nothing here under this name.","code":"NOT_FOUND"}}"#)
            #expect(try await api.get("/clients", nil).code == "INVALID_TOKEN")
            let unknown = try await api.get("/nothing", token)
            #expect(unknown.status == 404 && unknown.code == "NOT_FOUND")
        }
    }

    @Test("seed 002: no status but those of the document is answered: what libraries say otherwise becomes 400 or 500")
    func statuses() async throws {
        try await tokens.withAutochat { api, token in
            let huge = #"{"name": "\#(String(repeating: "a", count: 70_000))"}"#
            let large = try await api.post("/clients", token, huge)
            #expect(large.status == 400 && large.code == "BODY_TOO_LARGE")
            let larger = try await api.post(
                "/clients", token, String(repeating: " ", count: 3_000_000), [("Idempotency-Key", "k")])
            #expect(larger.status == 400 && larger.code == "BODY_TOO_LARGE")
            let body = #"{"name": "Ann"}"#
            #expect(try await api.post("/clients", token, body, [("Idempotency-Key", "one")]).status == 201)
            let other = try await api.post("/clients", token, #"{"name": "Bob"}"#, [("Idempotency-Key", "one")])
            #expect(other.status == 400 && other.code == "IDEMPOTENCY_MISMATCH")
            try await api.database.write { try $0.execute(sql: "DROP TABLE campaign_clients; DROP TABLE campaigns") }
            let failed = try await api.post("/marketing/campaigns", token, body)
            #expect(failed.status == 500 && failed.code == "SERVER_ERROR")
            #expect(!failed.text.contains("campaigns"))
            #expect(failed["X-RateLimit-Remaining"] != nil)
        }
    }

    @Test("seed 002: 100 requests a minute for each key; each answer tells what is left, the next is 429")
    func limit() async throws {
        let other = try tokens.issuer.token(["clients:read"], login: "grt_other")
        try await tokens.withAutochat { api, token in
            for remaining in (0..<100).reversed() {
                let path = remaining % 2 == 0 ? "/clients" : "/clients/cli_none"
                let answer = try await api.get(path, token)
                #expect(answer.status == (remaining % 2 == 0 ? 200 : 404))
                #expect(answer["X-RateLimit-Limit"] == "100")
                #expect(answer["X-RateLimit-Remaining"] == String(remaining))
                #expect(answer["X-RateLimit-Reset"].flatMap(Int64.init) ?? 0 > TestIssuer.now.seconds)
            }
            let refused = try await api.get("/clients", token)
            #expect(refused.status == 429 && refused.code == "RATE_LIMITED")
            #expect(refused["Retry-After"] != nil && refused["X-RateLimit-Remaining"] == "0")
            #expect(try await api.get("/clients", other).status == 200)
            api.clock.advance(by: .seconds(60))
            #expect(try await api.get("/clients", token).status == 200)
        }
    }

    @Test("seed 002: refusals of the body and of the scope tell what is left as well")
    func limitOfRefusals() async throws {
        let narrow = try tokens.issuer.token(["clients:read"])
        try await tokens.withAutochat { api, token in
            #expect(try await api.post("/clients", token, "{").headers.count > 0)
            for answer in [try await api.post("/clients", token, "{"), try await api.post("/clients", narrow, "{}")] {
                #expect(answer.status == 400 || answer.status == 403)
                #expect(answer["X-RateLimit-Limit"] == "100" && answer["X-RateLimit-Remaining"] != nil)
            }
        }
    }
}
