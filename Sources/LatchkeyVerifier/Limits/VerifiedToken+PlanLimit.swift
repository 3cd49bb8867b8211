extension VerifiedToken {
    /// The calls a minute that the plan of an API token's organization allows, as the issuer tells them with each
    /// introspection; nil for JWTs. With `LatchkeyHummingbird`:
    ///
    ///     RateLimiting { $0.planLimit ?? RateLimit(100) }
    public var planLimit: RateLimit? {
        claims["limits"]?.object?["requests_per_minute"]?.integer.flatMap { Int(exactly: $0) }.map { RateLimit($0) }
    }
}
