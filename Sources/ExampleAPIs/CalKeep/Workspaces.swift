import GRDB
import Hummingbird
import LatchkeyHummingbird

/// `/workspace`
struct Workspaces {
    /// The name is the id until the workspace has one.
    struct Workspace: CalKeepRow {
        let id: String
        let name: String
        let timeZone: String
    }

    struct Data: Encodable, Sendable {
        struct Limits: Encodable {
            let requestsPerMinute: Int
        }

        let workspace: Workspace
        /// Of the token that asks, by its workspace's plan.
        let limits: Limits
    }

    let store: Store

    func routes(on api: APIRoutes) {
        api.get("workspace", scope: "workspace:read") { _, context in
            let workspace = try await store.read(context.tenant) { try $0.workspaceRow() }
            let limit = context.token.planLimit ?? CalKeep.standardLimit
            return Answer(Data(workspace: workspace, limits: .init(requestsPerMinute: limit.count)))
        }
    }
}

extension Rows {
    func workspaceRow() throws -> Workspaces.Workspace {
        try Workspaces.Workspace.fetchOne(
            database, sql: "SELECT id, name, time_zone FROM workspace WHERE id = ?", arguments: [workspace])
            ?? Workspaces.Workspace(id: workspace, name: workspace, timeZone: "UTC")
    }
}
