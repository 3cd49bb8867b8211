import HTTPTypes
import Hummingbird
import Identity
import JOSE
import LatchkeyVerifier
import Logging
import NIOCore

/// What every request passes, in this order: request id, size of the head, body, rate limit, handler; and every answer: security headers, and refusals in the words of their dialect.
struct Edge: Sendable {
    let requestIDs: RequestIDs
    let limits: RateLimits
    let pages: PageRenderer
    let trustedProxies: TrustedProxies
    /// RFC 6797, when the issuer is reached by https.
    let isSecure: Bool
    /// Asked once a request, and again while its body arrives.
    let clock: @Sendable () -> Instant
    let drain: Drain

    /// A request's body may have so many bytes.
    static let maximumBodyBytes = 64 * 1_024
    /// And it may take so long to arrive. The server itself ends a connection on which nothing arrives for a minute.
    static let maximumBodyTime = Duration.seconds(30)
    /// All header fields of a request together.
    static let maximumHeadBytes = 16 * 1_024

    /// Answers a request for a route.
    func respond(to request: Request, _ context: EdgeContext, by route: Route) async -> Response {
        let now = clock()
        let peer = context.remoteAddress?.ipAddress
        let origin = RequestOrigin(
            address: trustedProxies.caller(peer: peer, request.headers),
            agent: request.headers.value(of: .userAgent) ?? "", requestID: requestID(of: request))
        var response: Response
        var allowance: RateLimit.Allowance?
        do {
            let body: [UInt8]
            do { body = try await received(request, since: now) } catch {
                allowance = spent(on: route.rate, by: origin.address)
                throw error
            }
            allowance = try limits.spend(route.rate, address: origin.address, at: clock())
            let call = Call(
                request: request, parameters: context.parameters, body: body, now: now, origin: origin,
                peer: peer)
            response = try await route.respond(call)
        } catch {
            let refusal = refusal(for: error, origin: origin, logger: context.logger, path: route.path)
            response = write(refusal, as: route.dialect, requestID: origin.requestID)
            if refusal.endsConnection { context.endConnection() }
        }
        // A narrower limit that the route knows of is told instead.
        if response.headers[.rateLimitLimit] == nil { allowance?.write(to: &response.headers) }
        finish(&response, requestID: origin.requestID, dialect: route.dialect)
        return response
    }

    /// Answers what no route is for.
    func respondToUnknown(_ request: Request, _ context: EdgeContext, _ refusal: Refusal) async -> Response {
        var refusal = refusal
        let dialect: Route.Dialect =
            request.uri.path.hasPrefix("/api/") ? .api : request.uri.path.hasPrefix("/oauth/") ? .oauth : .page
        do {
            _ = try await received(request, since: clock())
        } catch {
            refusal = error as? Refusal ?? .unavailable
            if refusal.endsConnection { context.endConnection() }
        }
        let peer = context.remoteAddress?.ipAddress
        // A program that mistakes an address is told its limit as anywhere else.
        let allowance =
            dialect == .api ? spent(on: .api, by: trustedProxies.caller(peer: peer, request.headers)) : nil
        let requestID = requestID(of: request)
        var response = write(refusal, as: dialect, requestID: requestID)
        allowance?.write(to: &response.headers)
        finish(&response, requestID: requestID, dialect: dialect)
        return response
    }

    /// Counts a request that is refused for what it is, whether or not there were too many.
    private func spent(on rate: RateClass, by address: String) -> RateLimit.Allowance? {
        try? limits.spend(rate, address: address, at: clock())
    }

    /// The body of a request that keeps within the bounds.
    private func received(_ request: Request, since begin: Instant) async throws -> [UInt8] {
        try checkHead(of: request)
        return try await body(of: request, since: begin)
    }

    private func requestID(of request: Request) -> String {
        requestIDs.name(keeping: request.headers.value(of: .requestID))
    }

    private func checkHead(of request: Request) throws {
        var bytes = request.head.path?.utf8.count ?? 0
        for field in request.headers {
            bytes += field.name.rawName.utf8.count + field.value.utf8.count
        }
        guard bytes <= Self.maximumHeadBytes else {
            throw Refusal(
                .requestHeaderFieldsTooLarge, "headers_too_large",
                "The header fields of a request may have \(Self.maximumHeadBytes) bytes in all.",
                headers: [.connection: "close"])
        }
    }

    /// The whole body, whether anyone asks for it or not. What was left unread here the server would read to its end
    /// before the next request, and an end need not come.
    private func body(of request: Request, since begin: Instant) async throws -> [UInt8] {
        do {
            return try await wholeBody(of: request, since: begin)
        } catch  where !(error is Refusal || error is CancellationError) {
            // A chunk or a trailer that is none (RFC 9112 §7.1), or an end that came too early.
            throw Refusal(
                .badRequest, "invalid_request", "The body of the request is not well-formed HTTP.",
                headers: [.connection: "close"])
        }
    }

    private func wholeBody(of request: Request, since begin: Instant) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await part in request.body {
            guard bytes.count + part.readableBytes <= Self.maximumBodyBytes else {
                throw Refusal(
                    .contentTooLarge, "body_too_large",
                    "The body of a request may have \(Self.maximumBodyBytes) bytes at most.",
                    headers: [.connection: "close"])
            }
            guard clock() - begin < Self.maximumBodyTime else {
                throw Refusal(
                    .requestTimeout, "request_timeout", "The request took too long to arrive.",
                    headers: [.connection: "close"])
            }
            bytes.append(contentsOf: part.readableBytesView)
        }
        return bytes
    }

    /// The one place where what went wrong becomes what is told.
    private func refusal(
        for error: any Error, origin: RequestOrigin, logger: Logger, path: String
    ) -> Refusal {
        if let refusal = error as? Refusal { return refusal }
        // The caller has gone; nobody reads this answer.
        if error is CancellationError { return .unavailable }
        logger.error(
            "A request failed",
            metadata: ["request_id": "\(origin.requestID)", "route": "\(path)", "cause": "\(error)"])
        return Storage.isUnavailable(error) ? .unavailable : .broken
    }

    private func write(_ refusal: Refusal, as dialect: Route.Dialect, requestID: String) -> Response {
        var response: Response
        switch dialect {
        case .api: response = .json(refusal.apiBody(requestID: requestID), status: refusal.status)
        case .oauth: response = .json(refusal.oauthBody, status: refusal.status)
        case .page: response = pages.error(refusal, requestID: requestID)
        }
        for field in refusal.headers {
            response.headers[field.name] = field.value
        }
        return response
    }

    private func finish(_ response: inout Response, requestID: String, dialect: Route.Dialect) {
        // Appended, not set: no handler names these, and every set looks through all that are there.
        response.headers.append(HTTPField(name: .requestID, value: requestID))
        response.headers.append(HTTPField(name: .xContentTypeOptions, value: "nosniff"))
        response.headers.append(HTTPField(name: .referrerPolicy, value: "no-referrer"))
        // RFC 9112 §9.6: the next request of this client goes to a server that stays.
        if drain.hasBegun { response.headers[.connection] = "close" }
        if !response.headers.contains(.cacheControl) {
            response.headers.append(HTTPField(name: .cacheControl, value: "no-store"))
        }
        if isSecure { response.headers[.strictTransportSecurity] = "max-age=31536000; includeSubDomains" }
        guard dialect == .page else { return }
        response.headers[.contentSecurityPolicy] = Self.contentSecurityPolicy
        response.headers[.xFrameOptions] = "DENY"
        response.headers[.crossOriginOpenerPolicy] = "same-origin"
        response.headers[.permissionsPolicy] = "camera=(), geolocation=(), microphone=()"
    }

    private static let contentSecurityPolicy = """
        default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
        form-action 'self'; base-uri 'none'; frame-ancestors 'none'
        """
}

extension Refusal {
    /// The body in the JSON dialect.
    fileprivate func apiBody(requestID: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.beginObject("error")
        json.member("code", code)
        json.member("message", message)
        json.member("request_id", requestID)
        json.endObject()
        stepUp?.write(to: &json)
        json.endObject()
        return json.bytes
    }

    /// The body of RFC 6749 §5.2.
    fileprivate var oauthBody: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("error", code)
        json.member("error_description", message.errorDescription)
        json.endObject()
        return json.bytes
    }
}
