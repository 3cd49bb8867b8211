import JOSE

/// What the server answered to one call.
struct ServerAnswer: Sendable {
    let status: Int
    let body: JSONObject
    /// Seconds, from `Retry-After`.
    let retryAfter: Int?

    /// Nil when the call succeeded.
    var refusal: ServerRefusal? {
        status < 400 ? nil : ServerRefusal(status: status, body: body, retryAfter: retryAfter)
    }
}

/// The server understood and said no.
struct ServerRefusal: Error, Hashable, Sendable {
    let status: Int
    /// RFC 6749 and RFC 8628 codes keep their names.
    let code: String
    let message: String
    let retryAfter: Int?

    /// Reads `{"error": {"code", "message"}}`, and RFC 6749's `{"error", "error_description"}` as well.
    init(status: Int, body: JSONObject, retryAfter: Int?) {
        let error = body["error"]
        self.status = status
        self.retryAfter = retryAfter
        code = error?.object?["code"]?.string ?? error?.string ?? "http_\(status)"
        message =
            error?.object?["message"]?.string ?? body["error_description"]?.string
            ?? "The server answered with HTTP status \(status)."
    }
}
