package import JOSE

/// Why an API token is not made, shown or changed.
package enum APITokenRefusal: Error, Hashable, Sendable {
    /// There is none, or it is another organization's: on the wire these are the same.
    case unknown
    /// A member, but not of a role that may do this.
    case notAllowed(OrganizationAction)
    /// The organization's plan has no API tokens.
    case planWithoutTokens(Organization.Plan)
    /// The plan has them, but not with a choice of scopes.
    case planWithoutCustomScopes(Organization.Plan)
    case scopeUnknown(String)
    /// The login that asks does not have it, so it cannot give it on.
    case scopeNotHeld(String)
    /// Nothing would be left that it may do.
    case noScopes
    case tooMany
    /// A second factor of the last minutes is needed.
    case stepUpRequired
    /// It is over, and stays so.
    case revoked
    case expired
    case overlapTooLong
    /// Two secrets work already.
    case overlapRunning(until: Instant)
}

/// Why an API token that was presented is not taken.
package enum APITokenUseRefusal: Error, Hashable, Sendable {
    /// No token of ours, or not with this secret.
    case unknown
    /// The secret was replaced, and the overlap is over.
    case rotated
    case revoked
    case expired
    /// The organization's plan has no API tokens.
    case suspended
}
