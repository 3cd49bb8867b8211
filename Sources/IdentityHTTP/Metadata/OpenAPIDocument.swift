import HTTPTypes
import Hummingbird
import JOSE

/// `GET /openapi.json`: every route but the pages, in the words of OpenAPI 3.1. It is `docs/openapi.yaml` itself, which
/// is written in the JSON that YAML contains; a test compares it with the routes.
struct OpenAPIDocument: Feature {
    private static let entityTag =
        "\"\(Base64URL.encode(Array(SHA256.hash(PackageResources.openapi_json).prefix(12))))\""

    var routes: [Route] {
        [
            Route(
                method: .get, path: "/openapi.json", dialect: .api, access: .open, rate: .none, respond: document)
        ]
    }

    /// Kept, but asked about each time: a new release shows at once.
    private func document(_ call: Call) -> Response {
        let headers: HTTPFields = [
            .eTag: Self.entityTag, .cacheControl: "public, no-cache", .accessControlAllowOrigin: "*",
        ]
        if call.request.headers[.ifNoneMatch] == Self.entityTag {
            return Response(status: .notModified, headers: headers)
        }
        var response = Response(status: .ok, type: "application/json", bytes: PackageResources.openapi_json)
        response.headers.append(contentsOf: headers)
        return response
    }
}
