import Foundation
import GRDB
import HTTPTypes
import LatchkeyHummingbird

/// The second of two walls between workspaces, and the only way to the tables: everything below it has one workspace,
/// and names it in every statement.
///
/// What is read and not there is 404. What a write points to and is not there is 403. In neither case does the answer
/// depend on whether another workspace has it.
struct Store: Sendable {
    let database: DatabaseQueue

    /// Reads of one workspace, all of one moment.
    func read<Value: Sendable>(
        _ workspace: String, _ body: @escaping @Sendable (Rows) throws -> Value
    ) async throws -> Value {
        try await database.read { try body(Rows(database: $0, workspace: workspace)) }
    }

    /// Changes of one workspace, all or none, with their lines in its audit.
    func write<Value: Sendable>(
        _ context: APIContext, _ body: @escaping @Sendable (Rows, Audit) throws -> Value
    ) async throws -> Value {
        try await database.write { database in
            let rows = Rows(database: database, workspace: context.tenant)
            return try body(rows, Audit(rows, context))
        }
    }
}

/// The rows of one workspace, within a transaction.
struct Rows {
    let database: Database
    let workspace: String

    /// Things that are named by others.
    enum Kind {
        case contact, task

        fileprivate var exists: String {
            switch self {
            case .contact: "SELECT EXISTS (SELECT 1 FROM contact WHERE workspace = ? AND id = ?)"
            case .task: "SELECT EXISTS (SELECT 1 FROM task WHERE workspace = ? AND id = ?)"
            }
        }

        fileprivate var name: String { self == .contact ? "contact" : "task" }
    }

    /// Refuses a write that points to what this workspace does not have.
    ///
    /// - Throws: 403 `forbidden_workspace`, whether there is such a thing in another workspace or not.
    func mayPoint(to kind: Kind, _ id: String?) throws {
        guard let id else { return }
        guard try Bool.fetchOne(database, sql: kind.exists, arguments: [workspace, id]) == true else {
            throw APIRefusal(
                .forbidden, "forbidden_workspace",
                "This token's workspace has no \(kind.name) of that id, so nothing of it can be written.")
        }
    }
}
