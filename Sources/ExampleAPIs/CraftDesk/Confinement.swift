import GRDB
import HTTPTypes
import LatchkeyHummingbird

/// Which projects a key may be used on.
enum Confinement: Sendable {
    /// All of its workspace.
    case none
    case projects([String])

    /// What a query of projects is narrowed by.
    var condition: SQL {
        switch self {
        case .none: "TRUE"
        case .projects(let ids): ids.isEmpty ? "FALSE" : "id IN \(ids)"
        }
    }
}

extension VerifiedToken {
    /// As the key was made: `"resources": {"projects": ["prj_…"]}`.
    var confinement: Confinement {
        guard let named = resources?.first(where: { $0.key.isExactly("projects") }) else { return .none }
        return .projects(named.value)
    }
}

extension APIContext {
    /// `:id` of the path, when it names a project that the key may be used on.
    ///
    /// The document has 403 for this, where `context.require("projects", id)` would answer 404. Nothing is learnt by it: a key
    /// that is confined is refused every other name, whether there is a project of that name or not.
    var allowedProject: String {
        get throws {
            guard token.allows("projects", idInPath) else { throw APIRefusal.otherProject }
            return idInPath
        }
    }
}

extension APIRefusal {
    static let otherProject = APIRefusal(
        .forbidden, "forbidden_project",
        "This key is confined to certain projects, and this is none of them. Use a key for this project.")
    static let confined = APIRefusal(
        .forbidden, "forbidden_project",
        "This key is confined to certain projects and cannot make one. Use a key that is not confined.")
}
