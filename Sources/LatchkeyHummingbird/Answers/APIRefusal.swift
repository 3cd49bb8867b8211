public import HTTPTypes
public import Hummingbird
import NIOCore

/// A request that is not granted: what a route throws to have its caller told.
///
///     guard let job = try await jobs.find(id, of: context.tenant) else { throw APIRefusal.notFound }
///
/// ``APIAnswers`` writes it in the envelope of the API; without one it is `{"error":{"code","message"}}`.
public struct APIRefusal: Error, Hashable, Sendable {
    /// The HTTP status, 400 to 599.
    public let status: HTTPResponse.Status
    /// A word for programs that never changes: `not_found`.
    public let code: String
    /// For people: the cause and the next step. Never a private cause.
    public let message: String
    /// Sent with it.
    public var headers: HTTPFields

    /// A refusal to be thrown.
    public init(_ status: HTTPResponse.Status, _ code: String, _ message: String, headers: HTTPFields = [:]) {
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
    }

    /// 400 `invalid_request`, with what is wrong and what would be right.
    public static func invalidRequest(_ message: String) -> APIRefusal {
        APIRefusal(.badRequest, "invalid_request", message)
    }

    /// 404 `not_found`: for what is not there, and just so for what belongs to another tenant.
    public static let notFound = APIRefusal(.notFound, "not_found", "There is nothing here under this name.")

    /// 500 `server_error`. The log has the cause.
    public static let serverError = APIRefusal(
        .internalServerError, "server_error", "Something is wrong with the server. Its log has the cause.")
}

extension APIRefusal: HTTPResponseError {
    /// The refusal where no ``APIAnswers`` stands before the route.
    public func response(from request: Request, context: some RequestContext) -> Response {
        response(PlainEnvelope().body(of: self, requestID: ""))
    }

    func response(_ body: [UInt8]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
