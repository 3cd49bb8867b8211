import GRDB
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("Seed 002: invoices, quotes and payments of autoch.at")
struct InvoicesTests {
    private let tokens: AutochatTokens

    init() throws {
        tokens = try AutochatTokens()
    }

    @Test(
        "seed 002: money is kept in cents: lines are multiplied and added without a fraction lost",
        arguments: [
            ("1", "100.00", 100.0), ("3", "0.1", 0.3), ("1", "0.29", 0.29), ("2.5", "19.99", 49.98),
            ("0.001", "0.49", 0.0), ("0.5", "0.01", 0.01), ("1000000", "10000000.00", 1e13), ("1e2", "1E0", 100),
        ])
    func money(_ quantity: String, _ rate: String, _ total: Double) async throws {
        try await tokens.withAutochat { api, token in
            let client = try await api.make("/clients", token, #"{"name": "Ann"}"#)
            let made = try await api.post(
                "/invoices", token,
                """
                {"client_id": "\(client)", "due_date": "2024-12-31",
                 "line_items": [{"description": "a", "quantity": \(quantity), "rate": \(rate)}]}
                """)
            #expect(made.status == 201, "\(made.text)")
            #expect(made.json("data", "total")?.amount == total, "\(made.text)")
        }
    }

    @Test("seed 002: two hundred of the dearest lines add up, and none of it traps")
    func bounds() async throws {
        try await tokens.withAutochat { api, token in
            let client = try await api.make("/clients", token, #"{"name": "Ann"}"#)
            let line = #"{"description": "a", "quantity": 1000000, "rate": 10000000.00}"#
            let lines = Array(repeating: line, count: 200).joined(separator: ",")
            let body = #"{"client_id": "\#(client)", "due_date": "2024-12-31", "line_items": [\#(lines)]}"#
            let made = try await api.post("/invoices", token, body)
            #expect(made.json("data", "total")?.amount == 2e15)
            let id = try #require(made.json("data", "id")?.string)
            #expect(try await api.get("/invoices/\(id)", token).json("data", "total")?.amount == 2e15)
        }
    }

    @Test(
        "seed 002: an invoice that is not as it should be is 400 and names its field",
        arguments: [
            (#""due_date": "2024-02-30""#, "due_date"), (#""due_date": "31.12.2024""#, "due_date"),
            (#""due_date": 20241231"#, "due_date"), (#""line_items": []"#, "line_items"),
            (#""line_items": [{"description": "a", "quantity": 1, "rate": 1.001}]"#, "line_items[0].rate"),
            (#""line_items": [{"description": "a", "quantity": 1, "rate": -1}]"#, "line_items[0].rate"),
            (#""line_items": [{"description": "a", "quantity": 1, "rate": 1e30}]"#, "line_items[0].rate"),
            (#""line_items": [{"description": "a", "quantity": 1, "rate": 1e300}]"#, "line_items[0].rate"),
            (#""line_items": [{"description": "a", "quantity": 1, "rate": 1e-200}]"#, "line_items[0].rate"),
            (#""line_items": [{"description": "a", "quantity": 1, "rate": 1e-10}]"#, "line_items[0].rate"),
            (#""line_items": [{"description": "a", "quantity": 1, "rate": "1"}]"#, "line_items[0].rate"),
            (#""line_items": [{"description": "a", "quantity": 0, "rate": 1}]"#, "line_items[0].quantity"),
            (#""line_items": [{"description": "a", "quantity": -1, "rate": 1}]"#, "line_items[0].quantity"),
            (#""line_items": [{"description": "a", "quantity": 1}]"#, "line_items[0].rate"),
            (#""line_items": [{"description": "a", "quantity": 1, "rate": 1, "tax": 1}]"#, "line_items[0].tax"),
            (#""line_items": [1]"#, "line_items[0]"), (#""client_id": "cli_none""#, "client_id"),
            (#""client_id": 7"#, "client_id"), (#""total": 1"#, "total"),
        ])
    func badBodies(_ field: String, _ named: String) async throws {
        try await tokens.withAutochat { api, token in
            let client = try await api.make("/clients", token, #"{"name": "Ann"}"#)
            var fields = [
                #""client_id": "\#(client)""#, #""due_date": "2024-12-31""#,
                #""line_items": [{"description": "a", "quantity": 1, "rate": 1}]"#,
            ]
            fields.removeAll { $0.prefix(12) == field.prefix(12) }
            let answer = try await api.post("/invoices", token, "{" + (fields + [field]).joined(separator: ",") + "}")
            #expect(answer.status == 400 && answer.code == "INVALID_REQUEST", "\(answer.text)")
            #expect(
                answer.json("error", "message")?.string?.hasPrefix(named) == true || named == "total"
                    || answer.json("error", "message")?.string?.contains(named) == true, "\(answer.text)")
            #expect(try await api.get("/invoices", token).text == #"{"data":[]}"#)
        }
    }

    @Test("seed 002: PATCH status moves an invoice on; what is paid or cancelled stays, and nothing becomes a draft")
    func status() async throws {
        try await tokens.withAutochat { api, token in
            let path = "/invoices/\(try await api.invoice(token))"
            for status in ["sent", "overdue", "overdue", "cancelled"] {
                let moved = try await api.patch(path + "/status", token, #"{"status": "\#(status)"}"#)
                #expect(moved.status == 200 && moved.json("data", "status")?.string == status)
            }
            for status in ["sent", "paid", "draft"] {
                let refused = try await api.patch(path + "/status", token, #"{"status": "\#(status)"}"#)
                #expect(refused.status == 400 && refused.code == "INVALID_STATUS_CHANGE")
            }
            let unknown = try await api.patch(path + "/status", token, #"{"status": "lost"}"#)
            #expect(unknown.status == 400 && unknown.text.contains("must be one of: draft, sent"))
            #expect(try await api.put(path, token, #"{"notes": "x"}"#).code == "INVOICE_FINAL")
            #expect(try await api.get(path, token).json("data", "status")?.string == "cancelled")
        }
    }

    @Test("seed 002: PUT gives an invoice other lines, and its total follows; numbers count up in each tenant")
    func change() async throws {
        let stranger = try tokens.full(of: "org_b")
        try await tokens.withAutochat { api, token in
            let path = "/invoices/\(try await api.invoice(token))"
            let lines =
                #"{"line_items": [{"description": "b", "quantity": 2, "rate": 7.25}], "due_date": "2025-01-31"}"#
            let changed = try await api.put(path, token, lines)
            #expect(changed.status == 200 && changed.json("data", "total")?.amount == 14.5)
            #expect(changed.json("data", "due_date")?.string == "2025-01-31")
            let second = try await api.invoice(token)
            #expect(try await api.get("/invoices/\(second)", token).json("data", "number")?.integer == 2)
            let foreign = try await api.invoice(stranger)
            #expect(try await api.get("/invoices/\(foreign)", stranger).json("data", "number")?.integer == 1)
        }
    }

    @Test("seed 002: payments add up; in full the invoice is paid, beyond what is owed they are refused")
    func payments() async throws {
        try await tokens.withAutochat { api, token in
            let invoice = try await api.invoice(token)
            let body = #"{"invoice_id": "\#(invoice)", "amount": 60.00, "method": "card"}"#
            #expect(try await api.post("/payments", token, body).code == "INVOICE_NOT_PAYABLE")
            _ = try await api.patch("/invoices/\(invoice)/status", token, #"{"status": "sent"}"#)
            let payment = try await api.make("/payments", token, body)
            let beyond = try await api.post("/payments", token, body)
            #expect(beyond.status == 400 && beyond.code == "AMOUNT_EXCEEDS_BALANCE")
            #expect(try await api.get("/payments", token).json("data")?.array?.count == 1)
            let paid = try await api.put("/payments/\(payment)", token, #"{"amount": 100, "reference": "R1"}"#)
            #expect(paid.json("data", "amount")?.amount == 100 && paid.json("data", "method")?.string == "card")
            let state = try await api.get("/invoices/\(invoice)", token)
            #expect(state.json("data", "status")?.string == "paid")
            #expect(state.json("data", "amount_paid")?.amount == 100)
            #expect(try await api.put("/payments/\(payment)", token, #"{"amount": 100.01}"#).status == 400)
            _ = try await api.put("/payments/\(payment)", token, #"{"amount": 40}"#)
            #expect(try await api.get("/invoices/\(invoice)", token).json("data", "status")?.string == "sent")
        }
    }

    @Test("seed 002: an invoice that is said to be paid is settled: nothing is owed on it, and it takes no payment")
    func paidByHand() async throws {
        try await tokens.withAutochat { api, token in
            let invoice = try await api.invoice(token)
            _ = try await api.patch("/invoices/\(invoice)/status", token, #"{"status": "sent"}"#)
            let part = try await api.make("/payments", token, #"{"invoice_id": "\#(invoice)", "amount": 40}"#)
            let paid = try await api.patch("/invoices/\(invoice)/status", token, #"{"status": "paid"}"#)
            #expect(paid.json("data", "amount_paid")?.amount == 100)
            let more = try await api.post("/payments", token, #"{"invoice_id": "\#(invoice)", "amount": 0.01}"#)
            #expect(more.status == 400 && more.code == "AMOUNT_EXCEEDS_BALANCE")
            #expect(try await api.put("/payments/\(part)", token, #"{"amount": 41}"#).status == 400)
            #expect(try await api.get("/payments", token).json("data")?.array?.count == 1)
            // From before: said to be paid, and nothing noted.
            try await api.database.write { db in try db.execute(sql: "UPDATE invoices SET amount_paid = 0") }
            let late = try await api.post("/payments", token, #"{"invoice_id": "\#(invoice)", "amount": 1}"#)
            #expect(late.status == 400 && late.code == "AMOUNT_EXCEEDS_BALANCE")
        }
    }

    @Test("seed 002: fifty payments at once never add up to more than is owed")
    func race() async throws {
        try await tokens.withAutochat { api, token in
            let invoice = try await api.invoice(token)
            _ = try await api.patch("/invoices/\(invoice)/status", token, #"{"status": "sent"}"#)
            let body = #"{"invoice_id": "\#(invoice)", "amount": 9}"#
            let made = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<50 { group.addTask { try await api.post("/payments", token, body).status } }
                return try await group.reduce(0) { $0 + ($1 == 201 ? 1 : 0) }
            }
            #expect(made == 11)
            #expect(try await api.get("/invoices/\(invoice)", token).json("data", "amount_paid")?.amount == 99)
        }
    }

    @Test("seed 002: a quote is made, read and accepted")
    func quote() async throws {
        try await tokens.withAutochat { api, token in
            let client = try await api.make("/clients", token, #"{"name": "Ann"}"#)
            let quote = try await api.make(
                "/quotes", token,
                """
                {"client_id": "\(client)", "valid_until": "2030-06-30",
                 "line_items": [{"description": "Design", "quantity": 10, "rate": 95.00}]}
                """)
            let accepted = try await api.put("/quotes/\(quote)", token, #"{"status": "accepted"}"#)
            #expect(accepted.status == 200 && accepted.json("data", "total")?.amount == 950)
            #expect(try await api.get("/quotes/\(quote)", token).json("data") == accepted.json("data"))
            #expect(try await api.get("/quotes", token).json("data")?.array?.count == 1)
        }
    }
}
