public import HTTPTypes
public import Hummingbird
import LatchkeyVerifier
import Logging
import NIOCore

/// Gives every request a name and every answer the API's shape: data in its envelope, and whatever is thrown as a
/// refusal that programs can read, unknown routes among it.
///
///     let router = Router(context: BasicBearerRequestContext.self)
///     router.add(middleware: APIAnswers(SuccessEnvelope(apiVersion: "v1")))
///
/// Add it to the router itself, first of all. A good answer of JSON gets the envelope; others, and answers that a
/// handler has made with a status of its own from 300 on, stay as they are.
public struct APIAnswers<Context: BearerRequestContext, Shape: Envelope>: RouterMiddleware {
    private let envelope: Shape
    private let names: [HTTPField.Name]
    private let requestIDs = RequestIDs()

    /// - Parameters:
    ///   - envelope: the API's.
    ///   - names: the header fields in which the name of the request is answered. A caller's own is taken from
    ///     `X-Request-Id`, when it has 1 to 128 of the characters `A-Za-z0-9._-`.
    public init(_ envelope: Shape, requestIDs names: [HTTPField.Name] = [.xRequestID]) {
        self.envelope = envelope
        self.names = names
    }

    /// Answers a request.
    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let requestID = requestIDs.name(keeping: request.headers[.xRequestID])
        var context = context
        context.bearer.requestID = requestID
        var response: Response
        do {
            response = try await next(request, context)
            try await enclose(&response, requestID)
        } catch is CancellationError {
            // The caller has gone; nobody reads this answer.
            throw CancellationError()
        } catch {
            let refusal = APIRefusal(error, context.logger, requestID)
            response = refusal.response(envelope.body(of: refusal, requestID: requestID))
        }
        for name in names { response.headers[name] = requestID }
        return response
    }

    private func enclose(_ response: inout Response, _ requestID: String) async throws {
        guard (200..<300).contains(response.status.code), response.body.contentLength != 0,
            response.headers[.contentType].map({ $0 == "application/json" || $0.hasPrefix("application/json;") })
                == true
        else { return }
        let frame = envelope.frame(requestID: requestID)
        guard !frame.isEmpty else { return }
        response.body = try await response.body.framed(by: frame)
    }
}

extension APIAnswers where Shape == PlainEnvelope {
    /// The same without an envelope: data as it is, errors as `{"error":{"code","message"}}`.
    public init(requestIDs names: [HTTPField.Name] = [.xRequestID]) {
        self.init(PlainEnvelope(), requestIDs: names)
    }
}

extension APIRefusal {
    /// What is told of an error. What the caller is not to know is in the log, under the name of the request.
    fileprivate init(_ error: any Error, _ logger: Logger, _ requestID: String) {
        switch error {
        case let refusal as APIRefusal: self = refusal
        case let error as HTTPError: self.init(error.status, message: error.body, headers: error.headers)
        case let error as any HTTPResponseError: self.init(error.status, message: nil)
        default:
            logger.error("A request failed", metadata: ["request_id": "\(requestID)", "cause": "\(error)"])
            self = .serverError
        }
    }

    /// One of Hummingbird's errors.
    private init(_ status: HTTPResponse.Status, message: String?, headers: HTTPFields = [:]) {
        let (code, usual) = Self.meaning(of: status)
        self.init(status, code, message ?? usual, headers: headers)
    }

    private static func meaning(of status: HTTPResponse.Status) -> (code: String, message: String) {
        switch status.code {
        case 400: ("invalid_request", "The request is not as it should be.")
        case 401: ("invalid_token", "An access token is needed: send Authorization: Bearer <token>.")
        case 403: ("forbidden", "This is not allowed with this token.")
        case 404: (APIRefusal.notFound.code, APIRefusal.notFound.message)
        case 405: ("method_not_allowed", "This cannot be done here by this method.")
        case 409: ("conflict", "This cannot be done in the state that things are in.")
        case 413: ("body_too_large", "The body of the request is too large.")
        case 415: ("unsupported_media_type", "Send the body as JSON, with Content-Type: application/json.")
        case 422: ("unprocessable", "The request cannot be done as it stands.")
        case 429: ("rate_limited", "Too many requests. Try again later.")
        case 503: ("temporarily_unavailable", "The server cannot do this at the moment. Try again shortly.")
        case 500...: (APIRefusal.serverError.code, APIRefusal.serverError.message)
        default: ("refused", "The request was refused.")
        }
    }
}
