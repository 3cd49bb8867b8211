import HTTPTypes

extension HTTPField.Name {
    // Each name is a constant that is certainly a token; nil would be a programming error found by the first test.
    static let requestID = name("X-Request-Id")
    static let idempotencyKey = name("Idempotency-Key")
    static let idempotencyReplayed = name("Idempotency-Replayed")
    static let referrerPolicy = name("Referrer-Policy")
    static let xFrameOptions = name("X-Frame-Options")
    static let crossOriginOpenerPolicy = name("Cross-Origin-Opener-Policy")
    static let permissionsPolicy = name("Permissions-Policy")
    static let secFetchSite = name("Sec-Fetch-Site")
    static let traceParent = name("traceparent")
    static let xForwardedFor = name("X-Forwarded-For")
    static let forwarded = name("Forwarded")
    static let doctorTicket = name("X-Latchkey-Doctor")
    static let rateLimitLimit = name("X-RateLimit-Limit")
    static let rateLimitRemaining = name("X-RateLimit-Remaining")
    static let rateLimitReset = name("X-RateLimit-Reset")

    private static func name(_ text: StaticString) -> HTTPField.Name {
        guard let name = HTTPField.Name("\(text)") else { preconditionFailure("\(text) is no header name") }
        return name
    }
}
