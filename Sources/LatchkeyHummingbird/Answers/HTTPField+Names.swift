public import HTTPTypes

extension HTTPField.Name {
    /// `X-Request-Id`
    public static let xRequestID = name("X-Request-Id")
    static let idempotencyKey = name("Idempotency-Key")
    /// `Idempotency-Replayed: true` is on an answer that is given again.
    static let idempotencyReplayed = name("Idempotency-Replayed")
    static let rateLimitLimit = name("X-RateLimit-Limit")
    static let rateLimitRemaining = name("X-RateLimit-Remaining")
    static let rateLimitReset = name("X-RateLimit-Reset")

    private static func name(_ text: StaticString) -> HTTPField.Name {
        guard let name = HTTPField.Name("\(text)") else { preconditionFailure("\(text) is no header name") }
        return name
    }
}
