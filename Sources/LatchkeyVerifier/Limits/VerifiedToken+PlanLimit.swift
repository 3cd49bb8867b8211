extension VerifiedToken {
    /// The calls a minute that the plan of an API token's organization allows, as the issuer tells them with each
    /// introspection and in the JWT that the token was exchanged for; nil for logins. With `LatchkeyHummingbird`:
    ///
    ///     RateLimiting { $0.planLimit ?? RateLimit(100) }
    public var planLimit: RateLimit? {
        claims["limits"]?.object?["requests_per_minute"]?.integer.flatMap { Int(exactly: $0) }.map { RateLimit($0) }
    }
}
