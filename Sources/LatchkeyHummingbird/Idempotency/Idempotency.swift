import HTTPTypes
public import Hummingbird
import LatchkeyVerifier
import Logging
import NIOCore

/// `Idempotency-Key` on `POST`, `PUT`, `PATCH` and `DELETE`: the same call is answered with the same answer, and not
/// done twice. Add it after ``BearerAuthentication``, for a key belongs to a credential.
///
/// The same key with another call is 422 `idempotency_mismatch`; while the first is running, 409
/// `idempotency_conflict`. Refusals are not kept: they changed nothing, and the cause may be gone by the next try. Nor
/// is what a handler throws; a handler that changes something and then throws is done again by the next call. An answer
/// that is given again has `Idempotency-Replayed: true`.
///
/// The whole body is read first, up to the context's `maxUploadSize`.
public struct Idempotency<Context: BearerRequestContext>: RouterMiddleware {
    /// An answer with a longer body is not kept: who asks for it again is told so, with 409
    /// `idempotency_answer_too_large`, and it is not done again either.
    public static var maximumAnswer: Int { 256 * 1024 }

    private let store: any IdempotencyStore

    /// - Parameter store: where answers are remembered. ``IdempotencyMemory`` is enough for one process.
    public init(_ store: any IdempotencyStore = IdempotencyMemory()) {
        self.store = store
    }

    /// Answers a request, or gives again what it was answered before.
    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let key = try key(of: request) else {
            return try await next(request, context)
        }
        let call = try context.verifiedCall
        var request = request
        let body = try await request.collectBody(upTo: context.maxUploadSize)
        let repeatable = IdempotentCall(
            credential: call.credential, key: key, fingerprint: Self.fingerprint(of: request, body, call.token))
        switch try await store.begin(repeatable, at: call.now) {
        case .begun: return try await done(repeatable, call, request, context, next)
        case .running: throw APIRefusal.stillRunning
        case .mismatch: throw APIRefusal.idempotencyMismatch
        case .answered(let answer): return try answer.repeated
        }
    }

    private func done(
        _ repeatable: IdempotentCall, _ call: VerifiedCall, _ request: Request, _ context: Context,
        _ next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            try? await store.abandon(repeatable)
            throw error
        }
        guard (200..<300).contains(response.status.code) else {
            try? await store.abandon(repeatable)
            return response
        }
        do {
            let answer = await RecordedAnswer(&response, maximum: Self.maximumAnswer)
            try await store.finish(repeatable, answer, at: call.now)
        } catch {
            // It has been done; that nobody remembers it must not make it look as if it had failed.
            context.logger.error(
                "The answer to a call with an Idempotency-Key was not stored", metadata: ["cause": "\(error)"])
        }
        return response
    }

    /// Nil for a request that changes nothing, and for one without a key.
    private func key(of request: Request) throws(APIRefusal) -> String? {
        switch request.method {
        case .post, .put, .patch, .delete: break
        default: return nil
        }
        guard let key = request.headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(key.utf8.count) else {
            throw APIRefusal.invalidRequest("Idempotency-Key must have 1 to 255 characters.")
        }
        return key
    }

    /// Each part with its length, so that none can be taken for a piece of another. The scopes among them: this stands
    /// before the routes, and a token of the same login that was granted less must not be given the answer.
    private static func fingerprint(of request: Request, _ body: ByteBuffer, _ token: VerifiedToken) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.readableBytes + 256)
        let texts = [request.method.rawValue, request.uri.string, token.scopes.sorted().joined(separator: " ")]
        for part in texts.map({ Array($0.utf8) }) + [Array(buffer: body)] {
            bytes.append(contentsOf: "\(part.count):".utf8)
            bytes.append(contentsOf: part)
        }
        return SHA256.hash(bytes)
    }
}

extension RecordedAnswer {
    /// Reads an answer whose body is in memory, and leaves it as it was. One that cannot be read is not kept; it is for
    /// the server to fail in sending it.
    fileprivate init(_ response: inout Response, maximum: Int) async {
        var body: [UInt8]?
        if let length = response.body.contentLength, length <= maximum,
            let bytes = try? await response.body.collected()
        {
            response.body = ResponseBody(byteBuffer: bytes)
            body = Array(buffer: bytes)
        }
        let headers = response.headers.filter { $0.name != .contentLength }.map { [$0.name.rawName, $0.value] }
        self.init(status: response.status.code, headers: headers, body: body)
    }

    /// The answer given again, and marked so.
    fileprivate var repeated: Response {
        get throws(APIRefusal) {
            guard let body else { throw .answerTooLarge }
            var fields = HTTPFields()
            for header in headers where header.count == 2 {
                if let name = HTTPField.Name(header[0]) { fields.append(HTTPField(name: name, value: header[1])) }
            }
            fields[.idempotencyReplayed] = "true"
            return Response(
                status: HTTPResponse.Status(code: status), headers: fields,
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
        }
    }
}

extension APIRefusal {
    fileprivate static let idempotencyMismatch = APIRefusal(
        .unprocessableContent, "idempotency_mismatch",
        "This Idempotency-Key was used for another call. Use a new key for each thing to be done.")
    fileprivate static let stillRunning = APIRefusal(
        .conflict, "idempotency_conflict", "A call with this Idempotency-Key is still running. Try again shortly.",
        headers: [.retryAfter: "1"])
    fileprivate static let answerTooLarge = APIRefusal(
        .conflict, "idempotency_answer_too_large",
        "This call was done before. Its answer was too large to be kept; ask for what it made.")
}
