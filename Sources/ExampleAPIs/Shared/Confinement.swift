import GRDB
import HTTPTypes
import Hummingbird
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

/// Refuses a token that is confined to kinds of things of which the API has none: a misspelling, or a token that was made
/// for another API. It would not be confined here at all.
struct KnownConfinement<Context: BearerRequestContext>: RouterMiddleware {
    private let title: String
    private let kinds: [String]

    init(of api: (some ExampleAPI).Type) {
        (title, kinds) = (api.title, api.kinds)
    }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let named = try (context.token.resources ?? [:]).keys.sorted()
        let isKnown = named.contains { name in kinds.contains { $0.isExactly(name) } }
        guard named.isEmpty || isKnown else { throw refusal(of: named) }
        return try await next(request, context)
    }

    private func refusal(of named: [String]) -> APIRefusal {
        let known =
            kinds.isEmpty ? "Use a token that is not confined." : "There are: \(kinds.joined(separator: ", "))."
        return APIRefusal(
            .forbidden, "forbidden_resource",
            "This token is confined to \(named.joined(separator: ", ")), and \(title) knows no such things. \(known)")
    }
}

extension APIRefusal {
    fileprivate static let confined = APIRefusal(
        .forbidden, "forbidden_project",
        "This key is confined to certain projects and cannot make one. Use a key that is not confined.")
}
