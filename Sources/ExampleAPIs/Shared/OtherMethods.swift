import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

extension Router {
    /// Refuses what the paths there are do not take. Hummingbird by itself answers 404, as if there were no such path
    /// (RFC 9110 §15.5.6). Add it when all routes are there.
    ///
    /// - Parameter refusal: made of the methods that a path takes, as `Allow` has them.
    func refuseOtherMethods(_ refusal: @escaping @Sendable (_ allowed: String) -> APIRefusal) {
        let common: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
        for (path, routes) in Dictionary(grouping: routes, by: { "\($0.path)" }) {
            var taken = Set(routes.map(\.method))
            if taken.contains(.get) { taken.insert(.head) }
            let allowed = taken.map(\.rawValue).sorted().joined(separator: ", ")
            for method in common where !taken.contains(method) {
                on(RouterPath(path), method: method) { _, _ -> Response in throw refusal(allowed) }
            }
        }
    }
}

extension ExampleAPI {
    /// 405 with `Allow`.
    func refusal(allowing methods: String) -> APIRefusal { .methodNotAllowed(methods) }
}

extension APIRefusal {
    /// - Parameter allowed: the methods that the path takes, separated by commas.
    static func methodNotAllowed(_ allowed: String) -> APIRefusal {
        APIRefusal(
            .methodNotAllowed, "method_not_allowed", "This cannot be done here by this method. There are: \(allowed).",
            headers: [.allow: allowed])
    }
}
