import HTTPTypes
import Hummingbird

/// Answers what no route is for: 405 where another method would do (RFC 9110 §15.5.6), else 404.
struct UnknownRoutes: RouterMiddleware {
    let edge: Edge
    let watch: RequestWatch
    /// By the segments of each path.
    private let methods: [[Substring]: [HTTPRequest.Method]]

    init(edge: Edge, routes: [Route], watch: RequestWatch) {
        self.edge = edge
        self.watch = watch
        methods = Dictionary(grouping: routes) { Self.segments($0.path) }.mapValues { $0.map(\.method) }
    }

    private static func segments(_ path: String) -> [Substring] {
        path.split(separator: "/", omittingEmptySubsequences: false)
    }

    /// The methods of a path; nil when there is no such path. A segment in braces stands for any.
    private func methods(of path: String) -> [HTTPRequest.Method]? {
        let segments = Self.segments(path)
        if let fixed = methods[segments] { return fixed }
        return methods.first { pattern, _ in
            pattern.count == segments.count
                && zip(pattern, segments).allSatisfy { $0 == $1 || $0.hasPrefix("{") && !$1.isEmpty }
        }?.value
    }

    func handle(
        _ request: Request, context: EdgeContext, next: (Request, EdgeContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            guard let allowed = methods(of: request.uri.path) else {
                return await watch.answer(request, context) { await edge.respondToUnknown(request, $0, .notFound) }
            }
            let names = (allowed + (allowed.contains(.get) ? [.head] : [])).map(\.rawValue).sorted()
            let refusal = Refusal(
                .methodNotAllowed, "method_not_allowed", "This address takes \(names.joined(separator: ", ")) only.",
                headers: [.allow: names.joined(separator: ", ")])
            return await watch.answer(request, context) { await edge.respondToUnknown(request, $0, refusal) }
        }
    }
}
