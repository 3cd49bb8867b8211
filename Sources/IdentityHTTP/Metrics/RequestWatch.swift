import HTTPTypes
import Hummingbird
import Logging
import Metrics

/// Sees each request of one route come and go: counts it, and writes its line into the log.
struct RequestWatch: Sendable {
    private let metrics: RouteMetrics
    private let inFlight: Meter
    /// Probes come every few seconds, for ever, and say nothing new.
    private let level: Logger.Level

    init(_ metrics: RouteMetrics, _ inFlight: Meter) {
        self.metrics = metrics
        self.inFlight = inFlight
        level = ["/healthz", "/readyz", "/metrics"].contains(metrics.path) ? .trace : .debug
    }

    func answer(
        _ request: Request, _ context: EdgeContext, _ respond: (EdgeContext) async -> Response
    ) async -> Response {
        let begin = ContinuousClock.now
        inFlight.increment()
        var context = context
        if let trace = TraceContext(request.headers) {
            context.logger[metadataKey: "trace_id"] = "\(trace.traceID)"
        }
        let response = await respond(context)
        inFlight.decrement()
        let (seconds, attoseconds) = (ContinuousClock.now - begin).components
        let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        metrics.count(status: response.status.code, nanoseconds: nanoseconds)
        log(request, context, response, microseconds: nanoseconds / 1_000)
        return response
    }

    /// Neither path nor query, neither fields nor body: secrets travel in all of them. The route says what was asked.
    private func log(_ request: Request, _ context: EdgeContext, _ response: Response, microseconds: Int64) {
        guard context.logger.logLevel <= level else { return }
        context.logger.log(
            level: level, "Request",
            metadata: [
                "method": "\(Self.name(of: request.method))", "route": "\(metrics.path)",
                "status": "\(response.status.code)", "duration_ms": "\(Double(microseconds) / 1_000)",
                "request_id": "\(response.headers[.requestID] ?? "")",
                "address": "\(context.remoteAddress?.ipAddress ?? "unknown")",
            ])
    }

    /// A method that nobody knows may be anything.
    private static func name(of method: HTTPRequest.Method) -> String {
        let known: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options, .trace, .connect]
        return known.contains(method) ? method.rawValue : "other"
    }
}
