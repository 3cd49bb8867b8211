import Foundation
import GRDB
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

typealias BasicContext = BasicBearerRequestContext

@Suite("CalKeep (seed 001): contacts, tasks, reminders, calendar health")
struct CalKeepResourceTests {
    private let issuer: TestIssuer
    private let token: String

    init() throws {
        issuer = try TestIssuer(audience: CalKeep.audience)
        token = try issuer.token(CalKeep.scopes.map(\.scope))
    }

    @Test(
        "seed 001: a contact is created, read, listed newest first, and patched: null takes away, what is not named stays"
    )
    func contacts() async throws {
        try await withAPI(CalKeep.self, issuer) { [token] client in
            let made = try await client.post(
                "/contacts", token, #"{"name":"Ada 李","email":"ada@example.com","phone":"1","company":null}"#)
            #expect(made.status == 201)
            let id = try #require(made.json("data", "contact", "id")?.string)
            #expect(made.json("data", "contact", "company") == nil)
            let patched = try await client.patch("/contacts/\(id)", token, #"{"phone":null,"company":"Acme"}"#)
            #expect(patched.status == 200)
            let read = try await client.get("/contacts/\(id)", token)
            #expect(read.json("data") == patched.json("data"))
            #expect(read.json("data", "contact", "name")?.string == "Ada 李")
            #expect(read.json("data", "contact", "email")?.string == "ada@example.com")
            #expect(read.json("data", "contact", "phone") == nil)
            #expect(read.json("data", "contact", "company")?.string == "Acme")
            for name in ["b", "c"] { _ = try await client.post("/contacts", token, #"{"name":"\#(name)"}"#) }
            let page = try await client.get("/contacts?page=1&limit=2", token)
            #expect(
                page.json("data", "contacts")?.array?.compactMap { $0.object?["name"]?.string } == ["c", "b"])
            #expect(page.json("data", "pagination", "total")?.integer == 3)
        }
    }

    @Test(
        "seed 001: a body that is not as it should be is 400 and names its field; nothing changes",
        arguments: [
            ("", "body"), ("null", "body"), ("{}", "name"), (#"{"name":null}"#, "name"), (#"{"name":[]}"#, "name"),
            (#"{"name":" "}"#, "name"), (#"{"name":"x","email":"@"}"#, "email"),
            (#"{"name":"x","email":"bad"}"#, "email"),
            (#"{"name":"x","phone":5}"#, "phone"),
            (#"{"name":"x","workspace":"org_b"}"#, "workspace"), (#"{"name":"x","id":"con_1"}"#, "id"),
        ])
    func badContacts(body: String, field: String) async throws {
        try await withAPI(CalKeep.self, issuer) { [token] client in
            let made = try await client.post("/contacts", token, #"{"name":"first"}"#)
            let id = made.json("data", "contact", "id")?.string ?? ""
            let refused = try await client.post("/contacts", token, body)
            #expect(refused.status == 400 && refused.code == "invalid_request", "\(refused.text)")
            #expect(refused.json("error", "message")?.string?.contains(field) == true, "\(refused.text)")
            let patched = try await client.patch("/contacts/\(id)", token, body)
            #expect(patched.status == 400, "\(patched.text)")
            let list = try await client.get("/contacts", token)
            #expect(list.json("data", "contacts")?.array?.count == 1)
            #expect(list.json("data", "contacts", "0") == made.json("data", "contact"))
        }
    }

    @Test("seed 001: a task is created, read, listed, and its status changed; it may be for a contact")
    func tasks() async throws {
        try await withAPI(CalKeep.self, issuer) { [token] client in
            let contact = try await client.post("/contacts", token, #"{"name":"x"}"#).json("data", "contact", "id")
            let made = try await client.post(
                "/tasks", token,
                #"{"title":"Call","dueAt":"2026-11-30T09:00:00+01:00","contactId":"\#(contact?.string ?? "")"}"#)
            #expect(made.status == 201)
            let id = try #require(made.json("data", "task", "id")?.string)
            #expect(made.json("data", "task", "dueAt")?.string == "2026-11-30T08:00:00Z")
            #expect(made.json("data", "task", "contactId") == contact)
            // As JavaScript writes it.
            let precise = try await client.post("/tasks", token, #"{"title":"x","dueAt":"2026-11-30T08:00:00.250Z"}"#)
            #expect(precise.status == 201, "\(precise.text)")
            for body in [#"{"status":"lost"}"#, "{}", #"{"status":"done","title":"x"}"#] {
                #expect(try await client.patch("/tasks/\(id)", token, body).status == 400, "\(body)")
            }
            #expect(try await client.get("/tasks/\(id)", token).json("data", "task", "status")?.string == "open")
            #expect(try await client.patch("/tasks/\(id)", token, #"{"status":"done"}"#).status == 200)
            #expect(try await client.get("/tasks", token).json("data", "tasks", "1", "status")?.string == "done")
            for dueAt in [
                "2026-11-30T25:00:00Z", "2026-11-30T09:60:00Z", "+2026-11-30T09:00:00Z",
                "tomorrow", "2026-11-30", "0001-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "9999-01-01T00:00:00Z",
            ] {
                let answer = try await client.post("/tasks", token, #"{"title":"x","dueAt":"\#(dueAt)"}"#)
                #expect(answer.status == 400, "\(dueAt)")
                #expect(answer.json("error", "message")?.string?.contains("dueAt") == true)
            }
        }
    }

    @Test("seed 001: as many reminders wait as may; then 429 resource_exhausted, until one has come up")
    func reminders() async throws {
        try await withAPI(CalKeep.self, issuer) { [token] client in
            let next = Date.now.addingTimeInterval(7_200)
            try await client.database.write { database in
                for number in 1...Reminders.maximumPending {
                    // One of these has come up already, and leaves room.
                    let time = number == 1 ? Date.now.addingTimeInterval(-60) : next
                    try database.execute(
                        sql: """
                            INSERT INTO reminder (id, workspace, text, remind_at, created_at)
                            VALUES (?, 'org_a', 'x', ?, ?)
                            """,
                        arguments: ["rem_\(number)", time, Date.now])
                }
            }
            let body = #"{"text":"Water the plants","remindAt":"2030-01-01T00:00:00Z"}"#
            let last = try await client.post("/reminders", token, body)
            #expect(last.status == 201)
            #expect(last.json("data", "reminder", "remindAt")?.string == "2030-01-01T00:00:00Z")
            let refused = try await client.post("/reminders", token, body)
            #expect(refused.status == 429 && refused.code == "resource_exhausted")
            #expect(refused["Retry-After"].flatMap { Int($0) }.map { (7_000...7_200).contains($0) } == true)
            let total = try await client.get("/reminders?limit=1", token).json("data", "pagination", "total")
            #expect(total?.integer == Int64(Reminders.maximumPending) + 1)
            // Another workspace has its own room.
            let other = try issuer.token(["reminders:write"], of: "org_b")
            #expect(try await client.post("/reminders", other, body).status == 201)
            for body in ["{}", #"{"text":"x"}"#, #"{"text":"x","remindAt":1}"#] {
                #expect(try await client.post("/reminders", token, body).status == 400, "\(body)")
            }
        }
    }

    @Test("seed 001: a reminder is for a time that is still to come")
    func pastReminders() async throws {
        try await withAPI(CalKeep.self, issuer) { [token] client in
            let past = Date.now.addingTimeInterval(-1).formatted(.iso8601)
            for time in [past, "2020-01-01T00:00:00Z"] {
                let refused = try await client.post("/reminders", token, #"{"text":"x","remindAt":"\#(time)"}"#)
                #expect(refused.status == 400 && refused.code == "invalid_request")
                #expect(refused.json("error", "message")?.string?.hasPrefix("remindAt") == true)
            }
            #expect(try await client.get("/reminders", token).json("data", "reminders")?.array?.isEmpty == true)
        }
    }

    @Test("seed 001: calendar health tells what is in step, what is behind and what fails")
    func calendarHealth() async throws {
        let now = Date.now
        func account(_ synced: Date?, _ error: String? = nil) -> CalendarAccount {
            CalendarAccount(id: "cal_1", provider: "google", address: "a", lastSyncedAt: synced, lastError: error)
        }
        #expect(CalendarHealth.Report(account(now.addingTimeInterval(-3_600)), at: now).health == .healthy)
        #expect(CalendarHealth.Report(account(now.addingTimeInterval(-3_601)), at: now).health == .stale)
        #expect(CalendarHealth.Report(account(nil), at: now).health == .stale)
        #expect(CalendarHealth.Report(account(now, "no"), at: now).health == .failing)
        try await withAPI(CalKeep.self, issuer) { [token] client in
            for _ in 1...2 { try CalKeep(client.database).seed(tenant: "org_a") }
            let answer = try await client.get("/calendar-health", token)
            #expect(answer.json("data", "pagination", "total")?.integer == 2)
            #expect(
                answer.json("data", "calendarAccounts")?.array?.compactMap { $0.object?["health"]?.string } == [
                    "failing", "healthy",
                ])
        }
    }

    @Test("seed 001: bookings are listed newest first and read by id")
    func bookings() async throws {
        try await withAPI(CalKeep.self, issuer) { [token] client in
            try CalKeep(client.database).seed(tenant: "org_a")
            let list = try await client.get("/bookings", token)
            let first = try #require(list.json("data", "bookings", "0", "id")?.string)
            let booking = try await client.get("/bookings/\(first)", token)
            #expect(booking.status == 200)
            #expect(booking.json("data", "booking") == list.json("data", "bookings", "0"))
            #expect(booking.json("data", "booking", "status")?.string == "confirmed")
        }
    }
}
