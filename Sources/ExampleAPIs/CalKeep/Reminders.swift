import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

/// A note that shall come up at its time.
struct Reminder: CalKeepRow {
    let id: String
    let text: String
    let remindAt: Date
    let taskId: String?
    let contactId: String?
    let createdAt: Date
}

/// The body of `POST /reminders`.
struct NewReminder: Decodable, Sendable {
    let text: String
    let remindAt: Date
    let taskId: String?
    let contactId: String?

    init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, ["text", "remindAt", "taskId", "contactId"])
        text = try fields.text("text", 1...500)
        remindAt = try fields.time("remindAt")
        taskId = try fields.optional("taskId") { try $0.text($1, 1...100) }
        contactId = try fields.optional("contactId") { try $0.text($1, 1...100) }
    }

    func insert(_ rows: Rows, at now: Date) throws -> Reminder {
        guard remindAt > now else { throw APIRefusal.invalidRequest("remindAt must be a time that is still to come.") }
        try rows.mayPoint(to: .task, taskId)
        try rows.mayPoint(to: .contact, contactId)
        try rows.mayRemind(at: now)
        let reminder = Reminder(
            id: Identifier.make("rem"), text: text, remindAt: remindAt, taskId: taskId, contactId: contactId,
            createdAt: now)
        try rows.database.execute(
            sql: """
                INSERT INTO reminder (id, workspace, text, remind_at, task_id, contact_id, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [reminder.id, rows.workspace, text, remindAt, taskId, contactId, now])
        return reminder
    }
}

/// `/reminders`
struct Reminders {
    /// How many reminders of a workspace may wait for their time.
    static let maximumPending = 1_000

    let store: Store

    func routes(on api: APIRoutes) {
        api.get("reminders", scope: "reminders:read") { request, context in
            let page = try PageRequest(request)
            return Answer(try await store.read(context.tenant) { try $0.reminders(page) })
        }
        api.post("reminders", scope: "reminders:write") { request, context in
            let new = try await request.body(as: NewReminder.self)
            let reminder = try await store.write(context) { rows, audit in
                let reminder = try new.insert(rows, at: .now)
                try audit.write(.reminderCreated, on: reminder.id, at: reminder.createdAt)
                return reminder
            }
            return Answer(["reminder": reminder], status: .created)
        }
    }
}

extension Rows {
    fileprivate func reminders(_ page: PageRequest) throws -> Page<Reminder> {
        let reminders = try Reminder.fetchAll(
            database, sql: "SELECT * FROM reminder WHERE workspace = ? ORDER BY sequence DESC LIMIT ? OFFSET ?",
            arguments: [workspace, page.limit, page.offset])
        let total = try Int.fetchOne(
            database, sql: "SELECT COUNT(*) FROM reminder WHERE workspace = ?", arguments: [workspace])
        return Page(name: "reminders", items: reminders, pagination: page.pagination(total: total ?? 0))
    }

    /// Refuses when the workspace has as many waiting reminders as it may: 429, like a limit, but with a code of its
    /// own, because calling more slowly does not help. There is room again when the next one has come up.
    fileprivate func mayRemind(at now: Date) throws {
        let pending = try Row.fetchOne(
            database,
            sql: "SELECT COUNT(*) AS count, MIN(remind_at) AS next FROM reminder WHERE workspace = ? AND remind_at > ?",
            arguments: [workspace, now])
        guard let pending, let count: Int = pending["count"], count >= Reminders.maximumPending else { return }
        let next: Date = pending["next"] ?? now
        let seconds = Int(max(1, next.timeIntervalSince(now).rounded(.up)))
        throw APIRefusal(
            .tooManyRequests, "resource_exhausted",
            "\(count) reminders of this workspace wait for their time, and no more can. One comes up in \(seconds) s.",
            headers: [.retryAfter: String(seconds)])
    }
}
