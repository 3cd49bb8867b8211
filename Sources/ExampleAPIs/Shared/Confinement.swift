import GRDB
import HTTPTypes
import LatchkeyHummingbird

/// Which projects a key may be used on. Every API whose scopes speak of projects has to ask: a key is for all APIs that
/// know its scopes, and so is what it is confined to.
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
    /// Refuses a key that is confined to certain projects: one that it made would be none of them.
    func requireUnconfined() throws(APIRefusal) {
        guard case .none = token.confinement else { throw .confined }
    }
}

extension APIRefusal {
    fileprivate static let confined = APIRefusal(
        .forbidden, "forbidden_project",
        "This key is confined to certain projects and cannot make one. Use a key that is not confined.")
}
