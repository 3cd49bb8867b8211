import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

/// The first of two walls between workspaces: whoever names a workspace, in `X-CalKeep-Workspace`, must have a token of
/// that one. Otherwise 401: as far as the workspace named is concerned, the caller has shown no token at all.
///
/// The header may be left out; then the token's own workspace is meant.
struct WorkspaceDoor<Context: BearerRequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let tenant = try context.tenant
        guard request.headers[values: .xCalKeepWorkspace].allSatisfy({ $0 == tenant }) else {
            throw Self.otherWorkspace
        }
        return try await next(request, context)
    }

    private static var otherWorkspace: APIRefusal {
        let message = "This token is not of the workspace that X-CalKeep-Workspace names. Use a token of that one."
        return APIRefusal(
            .unauthorized, "invalid_token", message,
            headers: [
                .wwwAuthenticate: "Bearer realm=\"api\", error=\"invalid_token\", error_description=\"\(message)\""
            ])
    }
}
