package import JOSE

/// One device's or application's standing permission: what a refresh token stands for.
///
/// One grant per login on one device. Its refresh tokens are a function of its secret and generation, so none is ever
/// stored; replay on one device ends that device's grant and no other.
package struct Grant: Sendable, Identified {
    package static let identifierPrefix = "grt"
    package typealias ID = Identifier<Grant>

    /// Why a grant is over.
    package enum RevocationReason: String, Sendable, CaseIterable {
        /// Its user signed it out: by itself, from the account page, or everywhere at once.
        case signedOut = "signed_out"
        /// The client gave its token back (RFC 7009).
        case revokedByClient = "revoked_by_client"
        /// Its user left the organization, or was removed from it.
        case membershipEnded = "membership_ended"
        /// A refresh token was presented a second time: someone else has a copy.
        case reuse
        /// The database was put back from a copy, which does not know what became of the login since.
        case restored
        /// Whoever runs the server has taken its user's second factors away, who had lost them.
        case secondFactorsReset = "second_factors_reset"
    }

    package let id: ID
    package let user: User.ID
    package let client: Client.ID
    package let organization: Organization.ID
    package let scopes: ScopeSet
    /// The resource server asked for (RFC 8707); nil: the issuer itself.
    package let audience: String?
    /// 32 random bytes that make this grant's refresh tokens its own.
    let secret: Secret
    /// The seed of the database's epoch, which is no column of its own: a row copied from before a restore is worth
    /// nothing after it.
    let epoch: [UInt8]
    /// How many refresh tokens there have been; only the newest is alive.
    package var generation: Int64
    package let authTime: Instant
    package let amr: [String]
    /// What asked for it, as its `User-Agent` says.
    package let device: String
    package let createdAt: Instant
    package let createdAddress: String
    package var lastUsedAt: Instant
    package var lastUsedAddress: String
    /// When the present generation replaced the one before, and the digest of that request's `Idempotency-Key`.
    var rotatedAt: Instant?
    var rotationKey: [UInt8]?
    package let expiresAt: Instant
    /// When it was ended, for whatever reason; nil: it was not.
    package var revokedAt: Instant?
    /// Nil where it was not ended, and where another version of this program has ended it for a reason that is not
    /// known here. Nothing is decided by it.
    package var revocationReason: RevocationReason?
    /// The second factor that was last shown on this very grant; nil: none ever.
    package var stepUp: StepUp?

    /// A grant not used for 30 days is over, and every grant is after a year.
    package static let idleLifetime = Duration.seconds(30 * 86_400)
    package static let lifetime = Duration.seconds(365 * 86_400)

    package func isAlive(at now: Instant) -> Bool {
        revokedAt == nil && now < expiresAt && now - lastUsedAt < Self.idleLifetime
    }

    /// Ends the grant. The first reason stays.
    mutating func revoke(_ reason: RevocationReason, at now: Instant) {
        guard revokedAt == nil else { return }
        revokedAt = now
        revocationReason = reason
    }
}
