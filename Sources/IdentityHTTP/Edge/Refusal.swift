import HTTPTypes
import Identity

/// A request that is not granted, with its meaning on the wire. Becomes bytes in one place, `Edge`.
struct Refusal: Error {
    let status: HTTPResponse.Status
    /// A closed, stable word: of RFC 6749, 6750, 8628 or 8707 where they have one.
    let code: String
    /// For people: the cause and the next step. Never a private cause.
    let message: String
    var headers: HTTPFields = [:]
    /// What is to be shown before the same request is granted.
    var stepUp: StepUpDemand?

    init(_ status: HTTPResponse.Status, _ code: String, _ message: String, headers: HTTPFields = [:]) {
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
    }

    /// Whether the request was answered before all of it was read.
    var endsConnection: Bool { headers[.connection] == "close" }

    static func invalidRequest(_ message: String) -> Refusal {
        Refusal(.badRequest, "invalid_request", message)
    }

    static let notFound = Refusal(.notFound, "not_found", "There is nothing here under this name.")

    /// RFC 6749 §4.1.2.1's word for it, with the seconds after which to try again.
    static let unavailable = Refusal(
        .serviceUnavailable, "temporarily_unavailable",
        "The server cannot reach its storage at the moment. Nothing was changed; try again shortly.",
        headers: [.retryAfter: "5"])

    /// For whoever sends requests our way: no more of them.
    static let stopping = Refusal(
        .serviceUnavailable, "temporarily_unavailable", "The server is about to stop. Ask another one.",
        headers: [.retryAfter: "5"])

    static let broken = Refusal(
        .internalServerError, "server_error", "Something is wrong with the server. Its log has the cause.")
}
