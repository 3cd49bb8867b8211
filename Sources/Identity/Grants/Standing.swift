import Database

/// Whether someone may have tokens at all, now: asked when a grant is made and at every refresh, so that nothing
/// outlives the right to it (CVE-2026-43983, CVE-2023-22492).
struct Standing: Sendable {
    let userIsEnabled: Bool
    let role: Role?
    let client: Client
    let catalog: ScopeCatalog

    /// Nil when everything asked for is still allowed.
    func refusal(for scopes: ScopeSet, audience: String?) -> StandingRefusal? {
        if !userIsEnabled { return .userDisabled }
        if role == nil { return .notAMember }
        if client.disabledAt != nil { return .clientDisabled }
        guard let allowed = client.allowedScopes(audience: audience, catalog: catalog) else {
            return .audienceUnknown
        }
        return scopes.subtracting(allowed).first.map(StandingRefusal.scopeWithdrawn)
    }
}

/// What is missing for a grant to be made or used.
package enum StandingRefusal: Error, Hashable, Sendable {
    case userDisabled
    case notAMember
    case clientDisabled
    case audienceUnknown
    case scopeWithdrawn(String)
}

extension Client {
    /// What this client may ask for. Nil when the audience is unknown.
    func allowedScopes(audience: String?, catalog: ScopeCatalog) -> Set<String>? {
        guard let known = catalog.names(audience: audience) else { return nil }
        return scopes.map { known.intersection($0.names) } ?? known
    }

    /// The scopes of a request: those named, or when none is named, all that the client may have (RFC 6749 §3.3).
    func requestedScopes(
        _ requested: ScopeSet?, audience: String?, catalog: ScopeCatalog
    ) -> Result<ScopeSet, ScopeRefusal> {
        guard let allowed = allowedScopes(audience: audience, catalog: catalog) else {
            return .failure(.audienceUnknown)
        }
        guard let requested, !requested.isEmpty else { return .success(ScopeSet(allowed.sorted())) }
        if let unknown = requested.subtracting(allowed).first { return .failure(.scopeNotAllowed(unknown)) }
        return .success(requested)
    }
}

/// Why a request for scopes is refused.
package enum ScopeRefusal: Error, Hashable, Sendable {
    /// `invalid_target` (RFC 8707 §2).
    case audienceUnknown
    /// `invalid_scope`.
    case scopeNotAllowed(String)
}
