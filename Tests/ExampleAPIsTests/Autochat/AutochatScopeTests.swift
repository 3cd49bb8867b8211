import HTTPTypes
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("Seed 002: who may do what at autoch.at")
struct AutochatScopeTests {
    private let tokens: AutochatTokens

    init() throws {
        tokens = try AutochatTokens()
    }

    /// The routes of the document, and those that its scopes for quotes, payments, projects and marketing are for.
    private static let table = [
        DocumentedRoute(.get, "/clients", "clients:read"), DocumentedRoute(.get, "/clients/{id}", "clients:read"),
        DocumentedRoute(.post, "/clients", "clients:write"), DocumentedRoute(.put, "/clients/{id}", "clients:write"),
        DocumentedRoute(.delete, "/clients/{id}", "clients:write"),
        DocumentedRoute(.get, "/invoices", "invoices:read"), DocumentedRoute(.get, "/invoices/{id}", "invoices:read"),
        DocumentedRoute(.post, "/invoices", "invoices:write"),
        DocumentedRoute(.put, "/invoices/{id}", "invoices:write"),
        DocumentedRoute(.patch, "/invoices/{id}/status", "invoices:write"),
        DocumentedRoute(.get, "/quotes", "quotes:read"), DocumentedRoute(.get, "/quotes/{id}", "quotes:read"),
        DocumentedRoute(.post, "/quotes", "quotes:write"), DocumentedRoute(.put, "/quotes/{id}", "quotes:write"),
        DocumentedRoute(.get, "/payments", "payments:read"), DocumentedRoute(.get, "/payments/{id}", "payments:read"),
        DocumentedRoute(.post, "/payments", "payments:write"),
        DocumentedRoute(.put, "/payments/{id}", "payments:write"),
        DocumentedRoute(.get, "/products", "products:read"), DocumentedRoute(.get, "/products/{id}", "products:read"),
        DocumentedRoute(.post, "/products", "products:write"),
        DocumentedRoute(.put, "/products/{id}", "products:write"),
        DocumentedRoute(.get, "/projects", "projects:read"), DocumentedRoute(.get, "/projects/{id}", "projects:read"),
        DocumentedRoute(.post, "/projects", "projects:write"),
        DocumentedRoute(.put, "/projects/{id}", "projects:write"),
        DocumentedRoute(.get, "/webhooks", "webhooks:read"), DocumentedRoute(.get, "/webhooks/{id}", "webhooks:read"),
        DocumentedRoute(.post, "/webhooks", "webhooks:write"),
        DocumentedRoute(.put, "/webhooks/{id}", "webhooks:write"),
        DocumentedRoute(.delete, "/webhooks/{id}", "webhooks:write"),
        DocumentedRoute(.post, "/webhooks/{id}/test", "webhooks:write"),
        DocumentedRoute(.post, "/marketing/campaigns", "marketing:write"),
        DocumentedRoute(.post, "/marketing/campaigns/{id}/clients", "marketing:write"),
    ]

    @Test("seed 002: the routes are those of the document, and every one of its scopes opens some")
    func routes() async throws {
        try await RouteTable.check(Autochat.self, has: Self.table)
        try RouteTable.checkDocument(Autochat.self, Self.table)
        #expect(Set(Self.table.compactMap(\.scope)) == Set(Autochat.scopes.map(\.scope)))
    }

    @Test("seed 002: every route refuses no token and a foreign one with 401, and one without its scope with 403")
    func refused() async throws {
        try await RouteTable.checkScopes(Autochat.self, Self.table) { reply in
            reply.code == "FORBIDDEN_SCOPE" || reply.code == "INVALID_TOKEN"
                ? reply.json("error", "message")?.string : nil
        }
    }

    @Test("seed 002: every route takes a token with its scope alone")
    func granted() async throws {
        let issuer = tokens.issuer
        try await tokens.withAutochat { api, _ in
            for (number, route) in Self.table.enumerated() {
                let token = try issuer.token([route.scope ?? ""], login: "grt_\(number)")
                let answer = try await api.send(route.method, route.path(with: "x"), token, body: "{}")
                #expect([200, 400, 404].contains(answer.status), "\(route): \(answer.text)")
            }
        }
    }

    @Test("seed 002: a tenant's things cannot be seen, changed, pointed to or deleted by another on any route")
    func tenants() async throws {
        let stranger = try tokens.full(of: "org_b")
        try await tokens.withAutochat { api, token in
            let names = try await Self.furnish(api, token)
            let before = try await Self.state(api, token)
            for route in Self.table where route.path.contains("{id}") {
                let kind = route.path.split(separator: "/").first.map(String.init) ?? ""
                let body = route.path.hasSuffix("/status") ? #"{"status": "sent"}"# : Self.changes[kind]
                let id = try #require(names[kind])
                let answer = try await api.send(route.method, route.path(with: id), stranger, body: body)
                // What there is not is refused in the same way, to the byte.
                let none = try await api.send(route.method, route.path(with: id + "x"), stranger, body: body)
                #expect(answer.status == 404 && answer.text == none.text, "\(route): \(answer.text)")
            }
            for (path, body) in Self.pointers(names) {
                let answer = try await api.post(path, stranger, body)
                #expect(answer.status == 400, "\(path): \(answer.text)")
            }
            for list in Self.lists { #expect(try await api.get(list, stranger).text == #"{"data":[]}"#) }
            #expect(try await Self.state(api, token) == before)
        }
    }

    private static let lists = [
        "/clients", "/invoices", "/quotes", "/payments", "/products", "/projects", "/webhooks",
    ]

    private static let changes = [
        "clients": #"{"name": "Mallory"}"#, "invoices": #"{"notes": "x"}"#, "quotes": #"{"notes": "x"}"#,
        "payments": #"{"reference": "x"}"#, "products": #"{"name": "x"}"#, "projects": #"{"name": "x"}"#,
        "webhooks": #"{"active": false}"#, "marketing": #"{"client_ids": ["cli_x"]}"#,
    ]

    /// Bodies that name another tenant's things.
    private static func pointers(_ names: [String: String]) -> [(String, String)] {
        let (client, invoice) = (names["clients"] ?? "", names["invoices"] ?? "")
        let line = #"[{"description": "x", "quantity": 1, "rate": 1}]"#
        return [
            ("/invoices", #"{"client_id": "\#(client)", "due_date": "2030-01-01", "line_items": \#(line)}"#),
            ("/quotes", #"{"client_id": "\#(client)", "line_items": \#(line)}"#),
            ("/projects", #"{"name": "x", "client_id": "\#(client)"}"#),
            ("/payments", #"{"invoice_id": "\#(invoice)", "amount": 1}"#),
        ]
    }

    /// One of each kind, by the first word of their paths.
    private static func furnish(_ api: TestClient, _ token: String) async throws -> [String: String] {
        let client = try await api.make("/clients", token, #"{"name": "Ann", "email": "ann@example.com"}"#)
        let invoice = try await api.invoice(token)
        _ = try await api.patch("/invoices/\(invoice)/status", token, #"{"status": "sent"}"#)
        let line = #"[{"description": "x", "quantity": 1, "rate": 1}]"#
        return [
            "clients": client, "invoices": invoice,
            "quotes": try await api.make("/quotes", token, #"{"client_id": "\#(client)", "line_items": \#(line)}"#),
            "payments": try await api.make("/payments", token, #"{"invoice_id": "\#(invoice)", "amount": 1}"#),
            "products": try await api.make("/products", token, #"{"name": "Design", "rate": 1}"#),
            "projects": try await api.make("/projects", token, #"{"name": "Website"}"#),
            "webhooks": try await api.make(
                "/webhooks", token, #"{"url": "https://192.0.3.1/h", "events": ["client.created"]}"#),
            "marketing": try await api.make("/marketing/campaigns", token, #"{"name": "Spring"}"#),
        ]
    }

    private static func state(_ api: TestClient, _ token: String) async throws -> [String] {
        var state: [String] = []
        for list in lists { state.append(try await api.get(list, token).text) }
        return state
    }
}
