import Database
package import JOSE

/// Changing the active organization: a token names exactly one, so another organization means another grant.
package struct OrganizationSwitch: Sendable {
    let database: Database
    let grants: Grants

    /// Makes a grant of the same device, with the same scopes and proof, in another organization of the same user. The
    /// grant it starts from stays.
    ///
    /// - Parameter organization: a slug or an identifier. One the user does not belong to is refused as if there were
    ///   none: whether it exists is not theirs to learn.
    package func `switch`(
        from active: Grants.Active, to organization: String, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<TokenSet, StandingRefusal> {
        let outcome = try await database.write { transaction -> Result<Grants.Issued, StandingRefusal> in
            let memberships = try Membership.all(of: active.user.id, in: transaction)
            let wanted = memberships.first {
                $0.organization.slug == organization || $0.organization.id.description == organization
            }
            guard let wanted, let client = try Client.find(active.client.id, in: transaction) else {
                return .failure(.notAMember)
            }
            let permission = Grants.Permission(
                user: active.user.id, client: client, organization: wanted.organization.id,
                scopes: active.grant.scopes, audience: active.grant.audience, authTime: active.grant.authTime,
                amr: active.grant.amr)
            return try grants.issue(permission, in: transaction, at: now, from: origin)
        }
        switch outcome {
        case .success(let issued): return .success(try grants.tokens(of: issued, at: now))
        case .failure(let refusal): return .failure(refusal)
        }
    }
}
