import HTTPTypes
package import Hummingbird

/// Finds the route that answers a request.
///
/// The paths of most routes are fixed, and found by one look into a dictionary. Patterns, queries, `HEAD`, and what no
/// route is for go through Hummingbird's router, which takes a path apart for each request.
package struct RouteResponder: HTTPResponder {
    private let fixed: [String: [WatchedRoute]]
    private let others: RouterResponder<EdgeContext>

    init(_ routes: [WatchedRoute], others: RouterResponder<EdgeContext>) {
        fixed = Dictionary(grouping: routes.filter { !$0.route.path.contains("{") }, by: \.route.path)
        self.others = others
    }

    package func respond(to request: Request, context: EdgeContext) async throws -> Response {
        if let path = request.head.path, let routes = fixed[path],
            let route = routes.first(where: { $0.route.method == request.method })
        {
            return await route.answer(request, context)
        }
        return try await others.respond(to: request, context: context)
    }
}

/// A route, and who watches its requests.
struct WatchedRoute: Sendable {
    let route: Route
    private let edge: Edge
    private let watch: RequestWatch

    init(_ route: Route, edge: Edge, _ watch: RequestWatch) {
        (self.route, self.edge, self.watch) = (route, edge, watch)
    }

    func answer(_ request: Request, _ context: EdgeContext) async -> Response {
        await watch.answer(request, context) { await edge.respond(to: request, $0, by: route) }
    }
}
