import Foundation
import GRDB
import Hummingbird
import LatchkeyHummingbird

/// Something to do, for a contact maybe.
struct ToDo: CalKeepRow {
    enum Status: String, Codable, CaseIterable {
        case open
        case inProgress = "in_progress"
        case done, cancelled
    }

    let id: String
    let title: String
    var status: Status
    let contactId: String?
    let dueAt: Date?
    let createdAt: Date
    var updatedAt: Date
}

/// The body of `POST /tasks`.
struct NewToDo: Decodable, Sendable {
    let title: String
    let contactId: String?
    let dueAt: Date?

    init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, ["title", "contactId", "dueAt"])
        title = try fields.text("title", 1...200)
        contactId = try fields.optional("contactId") { try $0.text($1, 1...100) }
        dueAt = try fields.optional("dueAt") { try $0.time($1) }
    }

    func insert(_ rows: Rows, at now: Date) throws -> ToDo {
        try rows.mayPoint(to: .contact, contactId)
        let task = ToDo(
            id: Identifier.make("task"), title: title, status: .open, contactId: contactId, dueAt: dueAt,
            createdAt: now, updatedAt: now)
        try rows.database.execute(
            sql: """
                INSERT INTO task (id, workspace, title, status, contact_id, due_at, created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [task.id, rows.workspace, title, task.status.rawValue, contactId, dueAt, now, now])
        return task
    }
}

/// The body of `PATCH /tasks/:id`.
struct ToDoChange: Decodable, Sendable {
    let status: ToDo.Status

    init(from decoder: any Decoder) throws {
        status = try Fields(decoder, ["status"]).choice("status")
    }
}

/// `/tasks`
struct Tasks {
    let store: Store

    func routes(on api: APIRoutes) {
        api.get("tasks", scope: "tasks:read") { request, context in
            let page = try PageRequest(request)
            return Answer(try await store.read(context.tenant) { try $0.tasks(page) })
        }
        api.get("tasks/{id}", scope: "tasks:read") { _, context in
            let id = try context.parameters.require("id")
            let task = try await store.read(context.tenant) { try $0.task(id) }
            guard let task else { throw APIRefusal.notFound }
            return Answer(["task": task])
        }
        api.post("tasks", scope: "tasks:write") { request, context in
            let new = try await request.body(as: NewToDo.self)
            let task = try await store.write(context) { rows, audit in
                let task = try new.insert(rows, at: .now)
                try audit.write(.taskCreated, on: task.id, at: task.createdAt)
                return task
            }
            return Answer(["task": task], status: .created)
        }
        api.patch("tasks/{id}", scope: "tasks:write") { request, context in
            let id = try context.parameters.require("id")
            let change = try await request.body(as: ToDoChange.self)
            return Answer(["task": try await self.change(id, change, context)])
        }
    }

    private func change(_ id: String, _ change: ToDoChange, _ context: APIContext) async throws -> ToDo {
        try await store.write(context) { rows, audit in
            try rows.mayPoint(to: .task, id)
            guard var task = try rows.task(id) else { throw APIRefusal.notFound }
            task.status = change.status
            task.updatedAt = .now
            try rows.database.execute(
                sql: "UPDATE task SET status = ?, updated_at = ? WHERE workspace = ? AND id = ?",
                arguments: [task.status.rawValue, task.updatedAt, rows.workspace, id])
            try audit.write(.taskStatusUpdated, on: id, at: task.updatedAt)
            return task
        }
    }
}

extension Rows {
    fileprivate func tasks(_ page: PageRequest) throws -> Page<ToDo> {
        let tasks = try ToDo.fetchAll(
            database, sql: "SELECT * FROM task WHERE workspace = ? ORDER BY sequence DESC LIMIT ? OFFSET ?",
            arguments: [workspace, page.limit, page.offset])
        let total = try Int.fetchOne(
            database, sql: "SELECT COUNT(*) FROM task WHERE workspace = ?", arguments: [workspace])
        return Page(name: "tasks", items: tasks, pagination: page.pagination(total: total ?? 0))
    }

    fileprivate func task(_ id: String) throws -> ToDo? {
        try ToDo.fetchOne(
            database, sql: "SELECT * FROM task WHERE workspace = ? AND id = ?", arguments: [workspace, id])
    }
}
