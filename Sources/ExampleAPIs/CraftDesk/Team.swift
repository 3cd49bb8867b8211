import Foundation
import GRDB
import Hummingbird
import LatchkeyHummingbird

/// Someone of the team. Members come by the dashboard (here: by `latchkey-examples seed`); keys can read who they are,
/// when `team:read` is among their scopes.
struct TeamMember: TenantRow {
    static let table = "team_members"

    enum Role: String, Codable, Sendable, DatabaseValueConvertible {
        case owner, admin, member
    }

    let id: String
    let name: String
    let email: String
    let role: Role
    let createdAt: Date

    enum CodingKeys: String, CodingKey {
        case id, name, email, role
        case createdAt = "created_at"
    }

    init(_ name: String, _ email: String, _ role: Role, at now: Date) {
        (id, self.name, self.email) = (Identifier.make("mbr"), name, email)
        (self.role, createdAt) = (role, now)
    }
}

struct Team: Sendable {
    let database: DatabaseQueue

    func routes(on api: APIRoutes) {
        api.get("team", scope: "team:read", use: list)
        api.get("team/:id", scope: "team:read", use: one)
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> PageAnswer<TeamMember> {
        let page = try PageRequest(request)
        return try await database.read { try TeamMember.page(page, of: context.tenant, in: $0) }
    }

    private func one(_ request: Request, _ context: APIContext) async throws -> Answer<TeamMember> {
        let id = context.idInPath
        return Answer(try await database.read { try TeamMember.require(id, of: context.tenant, in: $0) })
    }
}
