import HTTPTypes
import Hummingbird
import Identity
package import JOSE
package import Metrics

/// Where requests are counted, and who may read the numbers.
package struct MetricsSettings: Sendable {
    /// Keeps the numbers; nobody, by default.
    package var factory: any MetricsFactory = NOOPMetricsHandler.instance
    /// All numbers in the text format of Prometheus. Quick: it is called in the path of a request.
    package var text: @Sendable () -> [UInt8] = { [] }
    /// What a reader must show. Nil: whoever asks from this machine may read.
    package var token: Secret?

    package init() {}
}

/// `GET /metrics`: they hold no secret, but tell how busy a server is, and what is tried against it.
struct MetricsEndpoint: Feature {
    let settings: MetricsSettings

    var routes: [Route] {
        [Route(method: .get, path: "/metrics", dialect: .api, access: .monitor, rate: .none, respond: show)]
    }

    private func show(_ call: Call) async throws -> Response {
        if let token = settings.token {
            guard isShown(token, in: call) else { throw Refusal.metricsTokenMissing }
        } else {
            guard Self.isFromThisMachine(call) else { throw Refusal.metricsFromElsewhere }
        }
        return Response(status: .ok, type: "text/plain; version=0.0.4; charset=utf-8", bytes: settings.text())
    }

    private func isShown(_ token: Secret, in call: Call) -> Bool {
        guard let header = call.request.headers[.authorization] else { return false }
        let words = header.split(separator: " ", omittingEmptySubsequences: false)
        return words.count == 2 && words[0].lowercased() == "bearer" && token.matches(Array(words[1].utf8))
    }

    /// A proxy on this machine makes the whole world look like it, so what a proxy adds or leaves is looked at too.
    private static func isFromThisMachine(_ call: Call) -> Bool {
        let address = call.origin.address
        let isLoopback = address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
        let headers = call.request.headers
        return isLoopback && isLoopbackName(call.request.head.authority ?? "")
            && proxyFields.allSatisfy { headers[$0] == nil }
    }

    private static func isLoopbackName(_ authority: String) -> Bool {
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        return ["localhost", "127.0.0.1", "[::1]"].contains(host.lowercased())
    }

    private static let proxyFields = [
        "Via", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP",
    ].compactMap { HTTPField.Name($0) }
}

extension Refusal {
    fileprivate static let metricsTokenMissing = Refusal(
        .unauthorized, "invalid_token",
        "The metrics need the token of metrics_token: send Authorization: Bearer <token>.",
        headers: [.wwwAuthenticate: "Bearer realm=\"latchkey metrics\""])

    fileprivate static let metricsFromElsewhere = Refusal(
        .forbidden, "forbidden",
        "The metrics are shown on this machine only, at localhost. To read them from elsewhere, set metrics_token.")
}
