import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

/// A piece of work.
struct Project: TenantRow {
    static let table = "projects"

    enum Status: String, Codable, CaseIterable, Sendable, DatabaseValueConvertible {
        case active, completed, archived
        case onHold = "on_hold"
    }

    let id: String
    var name: String
    var description: String?
    var status = Status.active
    var dueDate: Day?
    let createdAt: Date
    var updatedAt: Date

    enum CodingKeys: String, CodingKey {
        case id, name, description, status
        case dueDate = "due_date"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    init(name: String, at now: Date) {
        (id, self.name, createdAt, updatedAt) = (Identifier.make("prj"), name, now, now)
    }

    /// What is sent to make one or to change one.
    struct Change: Decodable {
        let name: String?
        let description: String??
        let status: Status?
        let dueDate: Day??

        init(from decoder: any Decoder) throws {
            let fields = try Fields(decoder, ["name", "description", "status", "due_date"])
            name = try fields.optional("name") { try $0.text($1, 1...200) }
            description = try fields.change("description") { try $0.text($1, 1...5_000) }
            status = try fields.optional("status") { try $0.choice($1) }
            dueDate = try fields.change("due_date") { try $0.day($1) }
        }
    }

    mutating func apply(_ change: Change, at now: Date) {
        if let name = change.name { self.name = name }
        if let description = change.description { self.description = description }
        if let status = change.status { self.status = status }
        if let dueDate = change.dueDate { self.dueDate = dueDate }
        updatedAt = now
    }
}

struct Projects: Sendable {
    let database: DatabaseQueue

    func routes(on api: APIRoutes) {
        api.get("projects", scope: "projects:read", use: list)
        api.get("projects/:id", scope: "projects:read", use: one)
        api.post("projects", scope: "projects:write", use: create)
        api.patch("projects/:id", scope: "projects:write", use: update)
        api.delete("projects/:id", scope: "projects:write", use: delete)
    }

    /// Those that the key may be used on; the others are not counted either.
    private func list(_ request: Request, _ context: APIContext) async throws -> PageAnswer<Project> {
        let (page, allowed) = (try PageRequest(request), context.token.confinement.condition)
        return try await database.read { try Project.page(page, of: context.tenant, where: allowed, in: $0) }
    }

    private func one(_ request: Request, _ context: APIContext) async throws -> Answer<Project> {
        let id = try context.allowedProject
        return Answer(try await database.read { try Project.require(id, of: context.tenant, in: $0) })
    }

    private func create(_ request: Request, _ context: APIContext) async throws -> Answer<Project> {
        try context.requireUnconfined()
        let change = try await request.body(as: Project.Change.self)
        var project = Project(name: try required(change.name, "name"), at: .now)
        project.apply(change, at: project.createdAt)
        let made = project
        try await database.write { try made.insert(for: context.tenant, in: $0) }
        return Answer(made, status: .created)
    }

    private func update(_ request: Request, _ context: APIContext) async throws -> Answer<Project> {
        let (id, change) = (try context.allowedProject, try await request.body(as: Project.Change.self))
        return Answer(
            try await database.write { db in
                var project = try Project.require(id, of: context.tenant, in: db)
                project.apply(change, at: .now)
                try project.update(for: context.tenant, in: db)
                return project
            })
    }

    /// With its tasks.
    private func delete(_ request: Request, _ context: APIContext) async throws -> HTTPResponse.Status {
        let id = try context.allowedProject
        try await database.write {
            try Project.require(id, of: context.tenant, in: $0).delete(for: context.tenant, in: $0)
        }
        return .noContent
    }
}
