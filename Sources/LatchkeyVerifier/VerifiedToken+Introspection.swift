import JOSE

extension VerifiedToken {
    /// What the issuer said of an API token (RFC 7662 §2.2). It looked at the token itself: what is left to check is
    /// that it is the right issuer, and that nothing is of another type than it should be.
    init(introspected answer: JSONObject, issuer: String, at now: Instant) throws(TokenVerifier.Failure) {
        guard answer["active"]?.bool == true else { throw .inactive }
        var reader = ClaimReader(answer)
        guard try reader.text("iss").isExactly(issuer) else { throw .wrongIssuer }
        guard try reader.text("token_type").isExactly("Bearer") else { throw .invalidClaim("token_type") }
        expiresAt = try reader.optionalTime("exp")
        if let expiresAt, now >= expiresAt + TokenVerifier.clockTolerance { throw .expired(expiresAt) }
        issuedAt = try reader.time("iat")
        acceptableFrom = issuedAt - TokenVerifier.clockTolerance
        kind = .apiToken
        audience = []
        subject = try reader.text("sub")
        clientID = try reader.text("client_id")
        tokenID = subject
        scope = try reader.optionalText("scope") ?? ""
        (authTime, authenticationMethods, authenticationContextClass) = (nil, [], nil)
        grantID = try reader.optionalText("sid")
        organizationID = try reader.text("org")
        resources = try reader.optionalResources()
        claims = answer
    }
}
