import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("Seed 002: clients, products, projects and campaigns of autoch.at")
struct ClientsTests {
    private let tokens: AutochatTokens

    init() throws {
        tokens = try AutochatTokens()
    }

    @Test("seed 002: a client is made, read, changed by PUT and deleted; what PUT leaves out stays, null takes away")
    func life() async throws {
        try await tokens.withAutochat { api, token in
            let made = try await api.post(
                "/clients", token, #"{"name": "Café Zoë 咖啡", "email": "zoe@example.com", "phone": "+49 40 1"}"#)
            #expect(made.status == 201)
            let path = "/clients/\(try #require(made.json("data", "id")?.string))"
            #expect(try await api.get(path, token).json("data", "name")?.string == "Café Zoë 咖啡")
            let changed = try await api.put(path, token, #"{"name": "Zoë", "phone": null}"#)
            #expect(changed.status == 200 && changed.json("data", "name")?.string == "Zoë")
            #expect(changed.json("data", "email")?.string == "zoe@example.com")
            #expect(changed.json("data", "phone") == nil)
            let gone = try await api.delete(path, token)
            #expect(gone.status == 200 && gone.json("data", "deleted")?.bool == true)
            #expect(try await api.get(path, token).status == 404)
            #expect(try await api.delete(path, token).status == 404)
        }
    }

    @Test("seed 002: a client with an invoice is not deleted, which would leave the invoice without one")
    func inUse() async throws {
        try await tokens.withAutochat { api, token in
            let invoice = try await api.invoice(token)
            let client = try #require(
                try await api.get("/invoices/\(invoice)", token).json("data", "client_id")?.string)
            let refused = try await api.delete("/clients/\(client)", token)
            #expect(refused.status == 400 && refused.code == "CLIENT_IN_USE")
            #expect(try await api.get("/clients/\(client)", token).status == 200)
        }
    }

    @Test(
        "seed 002: a body that is not as it should be is 400, names its field and changes nothing",
        arguments: [
            (#"{}"#, "name"), (#"{"name": 1}"#, "name"), (#"{"name": ""}"#, "name"), (#"{"name": "  "}"#, "name"),
            (#"{"name": "a", "emial": "x"}"#, "emial"), (#"{"name": "a", "email": "x"}"#, "email"),
            (#"{"name": "a", "email": "a b@c"}"#, "email"), (#"{"name": null}"#, "name"), (#"[]"#, "body"),
            (#"{"name": "a""#, "body"), ("", "body"), (#"{"name": "a\u0000"}"#, "name"),
        ])
    func badBodies(_ body: String, _ field: String) async throws {
        try await tokens.withAutochat { api, token in
            let answer = try await api.post("/clients", token, body)
            #expect(answer.status == 400 && answer.code == "INVALID_REQUEST", "\(answer.text)")
            #expect(answer.json("error", "message")?.string?.contains(field) == true, "\(answer.text)")
            #expect(try await api.get("/clients", token).text == #"{"data":[]}"#)
        }
    }

    @Test("seed 002: lists come in pages, the newest first, with the way to the next; pages out of bounds are 400")
    func pages() async throws {
        try await tokens.withAutochat { api, token in
            for number in 1...5 { _ = try await api.post("/clients", token, #"{"name": "C\#(number)"}"#) }
            let first = try await api.get("/clients?limit=2", token)
            #expect(first.json("data")?.array?.compactMap { $0.object?["name"]?.string } == ["C5", "C4"])
            #expect(first["X-Total-Count"] == "5")
            #expect(first["Link"] == #"<?limit=2&page=2>; rel="next""#)
            let last = try await api.get("/clients?limit=2&page=3", token)
            #expect(last.json("data")?.array?.compactMap { $0.object?["name"]?.string } == ["C1"])
            #expect(last["Link"] == nil)
            for query in ["limit=0", "limit=201", "page=0", "page=x", "page=99999999999999999999"] {
                #expect(try await api.get("/clients?\(query)", token).status == 400)
            }
        }
    }

    @Test("seed 002: the way to the next page keeps the filter, and repeats nothing else of a query")
    func link() async throws {
        try await tokens.withAutochat { api, token in
            for name in ["A", "B", "C"] {
                _ = try await api.make("/products", token, #"{"name": "\#(name)", "rate": 1}"#)
                _ = try await api.make("/clients", token, #"{"name": "\#(name)"}"#)
            }
            let filtered = try await api.get("/products?limit=1&type=service&page=2", token)
            #expect(filtered["Link"] == #"<?type=service&limit=1&page=3>; rel="next""#)
            for query in [
                #"limit=2&x=>;rel="next",<https://evil.example/"#, #"x=%3E%3Brel=next&limit=2&page=1"#,
                #"limit=2&>;rel="next",<https://evil.example/"#,
            ] {
                let page = try await api.get("/clients?\(query)", token)
                #expect(page["Link"] == #"<?limit=2&page=2>; rel="next""#, "\(query)")
            }
        }
    }

    @Test("seed 002: products and projects are made and changed, and a project points to a client that is there")
    func others() async throws {
        try await tokens.withAutochat { api, token in
            let product = try await api.make("/products", token, #"{"name": "Design", "rate": 95.5}"#)
            let changed = try await api.put("/products/\(product)", token, #"{"rate": 99.99, "active": false}"#)
            #expect(changed.json("data", "rate")?.amount == 99.99)
            #expect(changed.json("data", "type")?.string == "service")
            #expect(changed.json("data", "active")?.bool == false)
            let client = try await api.make("/clients", token, #"{"name": "Ann"}"#)
            let project = try await api.make(
                "/projects", token, #"{"name": "Website", "client_id": "\#(client)", "start_date": "2026-01-31"}"#)
            let late = try await api.put("/projects/\(project)", token, #"{"due_date": "2026-01-30"}"#)
            #expect(late.status == 400 && late.text.contains("due_date"))
            let done = try await api.put("/projects/\(project)", token, #"{"status": "completed", "client_id": null}"#)
            #expect(done.json("data", "status")?.string == "completed" && done.json("data", "client_id") == nil)
            #expect(try await api.get("/projects/\(project)", token).json("data") == done.json("data"))
        }
    }

    @Test("seed 002: marketing:write adds clients to a campaign, each once, all or none")
    func campaign() async throws {
        try await tokens.withAutochat { api, token in
            let ann = try await api.make("/clients", token, #"{"name": "Ann"}"#)
            let bob = try await api.make("/clients", token, #"{"name": "Bob"}"#)
            let path =
                "/marketing/campaigns/\(try await api.make("/marketing/campaigns", token, #"{"name": "Spring"}"#))"
            let some = try await api.post(path + "/clients", token, #"{"client_ids": ["\#(ann)", "\#(ann)"]}"#)
            #expect(some.status == 200 && some.json("data", "added")?.integer == 1)
            let bad = try await api.post(path + "/clients", token, #"{"client_ids": ["\#(bob)", "cli_none"]}"#)
            #expect(bad.status == 400 && bad.text.contains("client_ids[1]"))
            let both = try await api.post(path + "/clients", token, #"{"client_ids": ["\#(ann)", "\#(bob)"]}"#)
            #expect(both.json("data", "added")?.integer == 1 && both.json("data", "client_count")?.integer == 2)
            let again = try await api.post("/marketing/campaigns", token, #"{"name": "Spring"}"#)
            #expect(again.status == 400 && again.code == "NAME_TAKEN")
        }
    }
}
