import Database
package import JOSE

/// Changing the active organization: a token names exactly one, so another organization means another grant.
package struct OrganizationSwitch: Sendable {
    let database: Database
    let grants: Grants
    let logins: Logins

    /// Makes a grant of the same device, with the same proof and the scopes of the token at hand, in another
    /// organization of the same user. The grant it starts from stays. The new one ends when that one would: switching
    /// does not prolong a login.
    ///
    /// - Parameter organization: a slug or an identifier. One the user does not belong to is refused as if there were
    ///   none: whether it exists is not theirs to learn.
    package func `switch`(
        from active: Grants.Active, to organization: String, at now: Instant, from origin: RequestOrigin,
        recording: Recording<TokenSet> = .none
    ) async throws -> Result<TokenSet, SwitchRefusal> {
        try await database.write { transaction in
            // A grant that was ended since the request was let in begets no other.
            let found = try logins.require(active.grant.id, in: transaction, at: now)
            let wanted = try Membership.all(of: found.user.id, in: transaction).first {
                $0.organization.slug == organization || $0.organization.id.description == organization
            }
            guard let wanted else { return .failure(.notAMember) }
            let permission = Grants.Permission(
                user: found.user.id, client: found.client, organization: wanted.organization.id,
                scopes: active.scopes, audience: found.grant.audience, authTime: found.grant.authTime,
                amr: found.grant.amr, expiresAt: found.grant.expiresAt)
            switch try grants.issue(permission, in: transaction, at: now, from: origin) {
            case .failure(let refusal): return .failure(.standing(refusal))
            case .success(let issued):
                // Signed inside for once: the answer that is recorded must be the very one that is given.
                let tokens = try grants.tokens(of: issued, at: now)
                try recording.record(tokens, in: transaction)
                return .success(tokens)
            }
        }
    }
}

/// Why there are no tokens for another organization.
package enum SwitchRefusal: Error, Hashable, Sendable {
    /// The user belongs to no organization of this name.
    case notAMember
    case standing(StandingRefusal)
}
