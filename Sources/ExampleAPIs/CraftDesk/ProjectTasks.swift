import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

/// Something to be done in a project.
struct ProjectTask: TenantRow {
    static let table = "tasks"

    enum Status: String, Codable, CaseIterable, Sendable, DatabaseValueConvertible {
        case todo, done
        case inProgress = "in_progress"
    }

    let id: String
    let projectID: String
    var title: String
    var description: String?
    var status = Status.todo
    /// Who does it: one of the team.
    var assigneeID: String?
    var dueDate: Day?
    let createdAt: Date
    var updatedAt: Date

    enum CodingKeys: String, CodingKey {
        case id, title, description, status
        case projectID = "project_id"
        case assigneeID = "assignee_id"
        case dueDate = "due_date"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    init(_ title: String, in project: Project, at now: Date) {
        (id, projectID, self.title) = (Identifier.make("tsk"), project.id, title)
        (createdAt, updatedAt) = (now, now)
    }

    /// What is sent to make one or to change one.
    struct Change: Decodable {
        let title: String?
        let description: String??
        let status: Status?
        let assigneeID: String??
        let dueDate: Day??

        init(from decoder: any Decoder) throws {
            let fields = try Fields(decoder, ["title", "description", "status", "assignee_id", "due_date"])
            title = try fields.optional("title") { try $0.text($1, 1...200) }
            description = try fields.change("description") { try $0.text($1, 1...5_000) }
            status = try fields.optional("status") { try $0.choice($1) }
            assigneeID = try fields.change("assignee_id") { try $0.text($1, 1...100) }
            dueDate = try fields.change("due_date") { try $0.day($1) }
        }
    }

    /// - Throws: 400 when it is given to someone who is not of the team.
    mutating func apply(_ change: Change, of tenant: String, in db: Database, at now: Date) throws {
        if case .some(.some(let assignee)) = change.assigneeID {
            _ = try TeamMember.require(assignee, inField: "assignee_id", of: tenant, in: db)
        }
        if let title = change.title { self.title = title }
        if let description = change.description { self.description = description }
        if let status = change.status { self.status = status }
        if let assigneeID = change.assigneeID { self.assigneeID = assigneeID }
        if let dueDate = change.dueDate { self.dueDate = dueDate }
        updatedAt = now
    }

    /// One task of one project: by way of another project it is not there.
    static func require(_ id: String, of project: String, of tenant: String, in db: Database) throws -> ProjectTask {
        let task = try require(id, of: tenant, in: db)
        guard task.projectID == project else { throw APIRefusal.notFound }
        return task
    }
}

struct ProjectTasks: Sendable {
    let database: DatabaseQueue

    func routes(on api: APIRoutes) {
        api.get("projects/:id/tasks", scope: "project_tasks:read", use: list)
        api.get("projects/:id/tasks/:task", scope: "project_tasks:read", use: one)
        api.post("projects/:id/tasks", scope: "project_tasks:write", use: create)
        api.patch("projects/:id/tasks/:task", scope: "project_tasks:write", use: update)
        api.delete("projects/:id/tasks/:task", scope: "project_tasks:write", use: delete)
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> PageAnswer<ProjectTask> {
        let (project, page) = (try context.allowedProject, try PageRequest(request))
        return try await database.read { db in
            _ = try Project.require(project, of: context.tenant, in: db)
            return try ProjectTask.page(page, of: context.tenant, where: "project_id = \(project)", in: db)
        }
    }

    private func one(_ request: Request, _ context: APIContext) async throws -> Answer<ProjectTask> {
        let (project, id) = (try context.allowedProject, context.taskInPath)
        return Answer(
            try await database.read { try ProjectTask.require(id, of: project, of: context.tenant, in: $0) })
    }

    private func create(_ request: Request, _ context: APIContext) async throws -> Answer<ProjectTask> {
        let projectID = try context.allowedProject
        let change = try await request.body(as: ProjectTask.Change.self)
        let title = try required(change.title, "title")
        let task = try await database.write { db in
            let project = try Project.require(projectID, of: context.tenant, in: db)
            var task = ProjectTask(title, in: project, at: .now)
            try task.apply(change, of: context.tenant, in: db, at: task.createdAt)
            try task.insert(for: context.tenant, in: db)
            return task
        }
        return Answer(task, status: .created)
    }

    private func update(_ request: Request, _ context: APIContext) async throws -> Answer<ProjectTask> {
        let (project, id) = (try context.allowedProject, context.taskInPath)
        let change = try await request.body(as: ProjectTask.Change.self)
        return Answer(
            try await database.write { db in
                var task = try ProjectTask.require(id, of: project, of: context.tenant, in: db)
                try task.apply(change, of: context.tenant, in: db, at: .now)
                try task.update(for: context.tenant, in: db)
                return task
            })
    }

    private func delete(_ request: Request, _ context: APIContext) async throws -> HTTPResponse.Status {
        let (project, id) = (try context.allowedProject, context.taskInPath)
        try await database.write { db in
            try ProjectTask.require(id, of: project, of: context.tenant, in: db).delete(for: context.tenant, in: db)
        }
        return .noContent
    }
}

extension APIContext {
    /// `:task` of the path.
    fileprivate var taskInPath: String { parameters.get("task") ?? "" }
}
