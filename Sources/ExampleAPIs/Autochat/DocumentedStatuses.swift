import HTTPTypes
import Hummingbird
import LatchkeyHummingbird
import Logging

/// Keeps to the statuses of the document: 200, 201, 400, 401, 403, 404, 429 and 500. A client that was written after it
/// knows no other. What the libraries refuse with another is told by the nearest of these; its code stays.
struct DocumentedStatuses: RouterMiddleware {
    typealias Context = BasicBearerRequestContext

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let refusal as APIRefusal {
            throw refusal.documented
        } catch let error as any HTTPResponseError {
            throw APIRefusal(error.status, error.code, error.sentence).documented
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            context.logger.error("A request failed", metadata: ["cause": "\(error)"])
            throw APIRefusal.serverError
        }
    }
}

extension Autochat {
    /// Its document has no 405.
    func refusal(allowing methods: String) -> APIRefusal { APIRefusal.methodNotAllowed(methods).documented }
}

extension APIRefusal {
    fileprivate var documented: APIRefusal {
        let documented: HTTPResponse.Status =
            switch status.code {
            case 400, 401, 403, 404, 429, 500: status
            case ..<500: .badRequest
            // An issuer that cannot be asked, too: `Retry-After` says that it passes.
            default: .internalServerError
            }
        return APIRefusal(documented, code, message, headers: headers)
    }
}

extension HTTPResponseError {
    /// Hummingbird's own errors have no code.
    fileprivate var code: String {
        switch status.code {
        case 413: "body_too_large"
        case ..<500: "invalid_request"
        default: "server_error"
        }
    }

    fileprivate var sentence: String {
        switch status.code {
        case 413: "The body of the request is too large."
        case ..<500: (self as? HTTPError)?.body ?? "The request is not as it should be."
        default: APIRefusal.serverError.message
        }
    }
}
