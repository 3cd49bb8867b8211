import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// One route, with everything that is decided about it before its handler runs.
///
/// All routes together are the list in `docs/protocol.md`, which a test compares with this code.
struct Route: Sendable {
    let method: HTTPRequest.Method
    /// A Hummingbird path; `{id}` stands for one segment.
    let path: String
    /// How its refusals are written.
    let dialect: Dialect
    /// Who may call it.
    let access: Access
    let rate: RateClass
    let respond: @Sendable (Call) async throws -> Response

    /// How errors are told.
    enum Dialect: String, Sendable {
        /// `{"error":{"code","message","request_id"}}`
        case api
        /// RFC 6749 §5.2
        case oauth
        /// A page for people.
        case page
    }

    /// Who may call.
    enum Access: String, Sendable {
        case open
        /// RFC 6749 §2.3
        case client
        /// RFC 6750
        case bearer
        /// A browser; forms carry its form token.
        case browser
        /// A browser that is signed in.
        case session
        /// This machine, or whoever has the metrics token.
        case monitor
    }

    /// Whether the request must carry the form token of its browser.
    var needsFormToken: Bool {
        method == .post && (access == .browser || access == .session)
    }
}

/// One request, read once at the edge: its time, where it came from, its body.
struct Call: Sendable {
    let request: Request
    let parameters: Parameters
    let body: [UInt8]
    /// The one moment that everything about this request is judged by.
    let now: Instant
    let origin: RequestOrigin
    /// The other end of the connection, which may be a proxy; nil when it has no network address.
    let peer: String?
    /// Set on its way to a handler when it carries an `Idempotency-Key` that counts.
    var keyed: Repetition.Keyed?

    /// A segment of the path.
    func segment(_ name: String) -> String {
        parameters.get(name) ?? ""
    }

    /// A parameter of the query, decoded; nil when absent or given twice.
    func query(_ name: String) -> String? {
        let values = request.uri.queryParameters.getAll(name)
        return values.count == 1 ? values.first.map { String($0) } : nil
    }
}

/// A feature that mounts itself.
protocol Feature: Sendable {
    var routes: [Route] { get }
}
