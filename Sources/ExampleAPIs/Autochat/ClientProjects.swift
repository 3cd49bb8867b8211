import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

/// A piece of work, for a client or for the business itself.
struct ClientProject: TenantRow {
    static let table = "projects"

    enum Status: String, Codable, CaseIterable, Sendable, DatabaseValueConvertible {
        case planned, active, completed, cancelled
        case onHold = "on_hold"
    }

    let id: String
    var name: String
    var clientID: String?
    var status = Status.planned
    var description: String?
    var startDate: Day?
    var dueDate: Day?
    var budget: Money?
    let createdAt: Date
    var updatedAt: Date

    enum CodingKeys: String, CodingKey {
        case id, name, status, description, budget
        case clientID = "client_id"
        case startDate = "start_date"
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
        let clientID: String??
        let status: Status?
        let description: String??
        let startDate: Day??
        let dueDate: Day??
        let budget: Money??

        init(from decoder: any Decoder) throws {
            let fields = try Fields(
                decoder, ["name", "client_id", "status", "description", "start_date", "due_date", "budget"])
            name = try fields.optional("name") { try $0.text($1, 1...200) }
            clientID = try fields.change("client_id") { try $0.text($1, 1...100) }
            status = try fields.optional("status") { try $0.choice($1) }
            description = try fields.change("description") { try $0.text($1, 1...5_000) }
            startDate = try fields.change("start_date") { try $0.day($1) }
            dueDate = try fields.change("due_date") { try $0.day($1) }
            budget = try fields.change("budget") { try $0.money($1) }
        }
    }

    mutating func apply(_ change: Change, at now: Date) throws(APIRefusal) {
        if let name = change.name { self.name = name }
        if let clientID = change.clientID { self.clientID = clientID }
        if let status = change.status { self.status = status }
        if let description = change.description { self.description = description }
        if let startDate = change.startDate { self.startDate = startDate }
        if let dueDate = change.dueDate { self.dueDate = dueDate }
        if let budget = change.budget { self.budget = budget }
        if let startDate, let dueDate, dueDate < startDate {
            throw .invalidRequest("due_date must not be before start_date.")
        }
        updatedAt = now
    }
}

struct ClientProjects: Sendable {
    let database: DatabaseQueue

    func routes(on api: APIRoutes) {
        api.get("projects", scope: "projects:read", use: list)
        api.get("projects/:id", scope: "projects:read", use: one)
        api.post("projects", scope: "projects:write", use: create)
        api.put("projects/:id", scope: "projects:write", use: update)
    }

    /// Those that the key may be used on; the others are not counted either.
    private func list(_ request: Request, _ context: APIContext) async throws -> PageAnswer<ClientProject> {
        let (page, allowed) = (try PageRequest(request), context.token.confinement.condition)
        return try await database.read { try ClientProject.page(page, of: context.tenant, where: allowed, in: $0) }
    }

    private func one(_ request: Request, _ context: APIContext) async throws -> Answer<ClientProject> {
        let id = try Self.allowedProject(context)
        return Answer(try await database.read { try ClientProject.require(id, of: context.tenant, in: $0) })
    }

    private func create(_ request: Request, _ context: APIContext) async throws -> Answer<ClientProject> {
        try context.requireUnconfined()
        let change = try await request.body(as: ClientProject.Change.self)
        let name = try required(change.name, "name")
        let project = try await database.write { db in
            var project = ClientProject(name: name, at: .now)
            try Self.apply(change, to: &project, of: context.tenant, in: db)
            try project.insert(for: context.tenant, in: db)
            return project
        }
        return Answer(project, status: .created)
    }

    private func update(_ request: Request, _ context: APIContext) async throws -> Answer<ClientProject> {
        let id = try Self.allowedProject(context)
        let change = try await request.body(as: ClientProject.Change.self)
        return Answer(
            try await database.write { db in
                var project = try ClientProject.require(id, of: context.tenant, in: db)
                try Self.apply(change, to: &project, of: context.tenant, in: db)
                try project.update(for: context.tenant, in: db)
                return project
            })
    }

    /// `:id` of the path. What the key may not be used on is not there for it: 404, as of what never was.
    private static func allowedProject(_ context: APIContext) throws -> String {
        let id = context.idInPath
        try context.require("projects", id)
        return id
    }

    private static func apply(
        _ change: ClientProject.Change, to project: inout ClientProject, of tenant: String, in db: Database
    ) throws {
        if case .some(.some(let client)) = change.clientID {
            _ = try Client.require(client, inField: "client_id", of: tenant, in: db)
        }
        try project.apply(change, at: .now)
    }
}
