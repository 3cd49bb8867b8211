/// A new API token, as it is asked for.
package struct Minting: Hashable, Sendable {
    package let label: String
    package let access: APIToken.Access
    /// The choice of a custom token; nothing for the others.
    package let scopes: ScopeSet
    package let resources: ResourceRestrictions?
    /// Nil: until it is revoked.
    package let lifetime: Duration?

    package init(
        label: String, access: APIToken.Access, scopes: ScopeSet = ScopeSet(), resources: ResourceRestrictions? = nil,
        lifetime: Duration? = nil
    ) {
        self.label = label
        self.access = access
        self.scopes = scopes
        self.resources = resources
        self.lifetime = lifetime
    }

    /// What it may do, or what stands against making it.
    ///
    /// - Parameters:
    ///   - held: the scopes of the login that asks. No token is ever given one that its maker does not hold.
    ///   - known: the scopes of the catalog.
    func scopes(
        on terms: PlanTerms, held: ScopeSet, known: Set<String>
    ) -> Result<ScopeSet, APITokenRefusal> {
        guard terms.mintsAPITokens else { return .failure(.planWithoutTokens(terms.plan)) }
        let possible = held.names.filter(known.contains)
        let given: [String]
        switch access {
        case .full: given = possible
        case .readOnly: given = possible.filter { $0.hasSuffix(APIToken.readSuffix) }
        case .custom:
            guard terms.customScopes else { return .failure(.planWithoutCustomScopes(terms.plan)) }
            if let unknown = scopes.subtracting(known).first { return .failure(.scopeUnknown(unknown)) }
            if let missing = scopes.subtracting(Set(possible)).first { return .failure(.scopeNotHeld(missing)) }
            given = scopes.names
        }
        return given.isEmpty ? .failure(.noScopes) : .success(ScopeSet(given))
    }
}
