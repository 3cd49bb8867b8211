package import JOSE

/// A standing permission for a program, owned by an organization: it does not end when its maker leaves.
package struct APIToken: Sendable, Identified {
    package static let identifierPrefix = "tok"
    package typealias ID = Identifier<APIToken>

    /// What was asked for when it was made.
    package enum Access: String, Sendable, CaseIterable {
        /// All that its maker might do with their login.
        case full
        /// Of these, the scopes that end with `:read`.
        case readOnly = "read_only"
        /// A choice of scopes, perhaps confined to some resources.
        case custom
    }

    /// How a token stands, for people.
    package enum Status: String, Sendable, CaseIterable {
        case active
        /// Active, and over within ``expiryNotice``.
        case expiring
        case expired
        case revoked
        /// The organization's plan has no API tokens. On a plan that has them it is what it was.
        case suspended
    }

    /// The secret before the present one, while it still works.
    struct FormerSecret: Hashable, Sendable {
        let code: [UInt8]
        let endsAt: Instant
    }

    package let id: ID
    package let organization: Organization.ID
    package internal(set) var label: String
    package let access: Access
    /// The most it may do; at each use, those of them that the catalog still has.
    package let scopes: ScopeSet
    package let resources: ResourceRestrictions?
    var code: [UInt8]
    /// The last four characters of the present secret.
    package internal(set) var lastFour: String
    /// How many secrets it has had.
    var generation: Int64 = 1
    var former: FormerSecret?
    package let createdBy: User.ID
    package let createdAt: Instant
    package internal(set) var rotatedAt: Instant?
    package let expiresAt: Instant?
    package internal(set) var revokedAt: Instant?

    package static let expiryNotice = Duration.seconds(7 * 86_400)
    /// The longest that two secrets may work side by side.
    package static let maximumOverlap = Duration.seconds(604_800)
    /// Ten years. Who wants longer leaves it out.
    package static let maximumLifetime = Duration.seconds(315_360_000)
    /// Living tokens of one organization.
    package static let maximumCount: Int64 = 500
    /// Suffix of the scopes that change nothing.
    static let readSuffix = ":read"

    /// Labels follow the rule of people's names.
    package static func label(from typed: String) -> String? { User.name(from: typed) }

    /// When the secret before the present one ends, with the token at the latest; nil: it has ended.
    package func overlapEnd(at now: Instant) -> Instant? {
        guard revokedAt == nil, let former else { return nil }
        let end = min(former.endsAt, expiresAt ?? former.endsAt)
        return now < end ? end : nil
    }

    package func isExpired(at now: Instant) -> Bool { expiresAt.map { now >= $0 } ?? false }

    package func status(on terms: PlanTerms, at now: Instant) -> Status {
        if revokedAt != nil { return .revoked }
        if isExpired(at: now) { return .expired }
        if !terms.mintsAPITokens { return .suspended }
        return expiresAt.map { $0 - now <= Self.expiryNotice } == true ? .expiring : .active
    }
}

extension APIToken {
    /// What stands against changing it.
    func refusalOfChange(at now: Instant) -> APITokenRefusal? {
        if revokedAt != nil { return .revoked }
        return isExpired(at: now) ? .expired : nil
    }

    /// What stands against giving it a new secret.
    ///
    /// No more than two secrets work at a time: while two do, only a rotation without overlap is let in, which ends
    /// both. So nobody who rotates at the same moment cuts off what the other promised.
    func refusalOfRotation(overlap: Duration, at now: Instant) -> APITokenRefusal? {
        if let refusal = refusalOfChange(at: now) { return refusal }
        guard overlap >= .zero, overlap <= Self.maximumOverlap else { return .overlapTooLong }
        return overlap > .zero ? overlapEnd(at: now).map { .overlapRunning(until: $0) } : nil
    }

    /// Gives it a new secret. The present one works until the overlap ends, at once over when there is none.
    mutating func rotate(
        to secret: APITokenSecret, code new: [UInt8], overlap: Duration, at now: Instant
    ) -> Result<Void, APITokenRefusal> {
        if let refusal = refusalOfRotation(overlap: overlap, at: now) { return .failure(refusal) }
        former = overlap > .zero ? FormerSecret(code: code, endsAt: now + overlap) : nil
        (code, lastFour, rotatedAt) = (new, secret.lastFour, now)
        generation += 1
        return .success(())
    }

    /// Ends it. False when it was over before; the first time stays.
    mutating func revoke(at now: Instant) -> Bool {
        guard revokedAt == nil else { return false }
        revokedAt = now
        return true
    }

    /// Whether it may be used now with a secret, and until when: nil when nothing ends it but revocation.
    func use(
        of secret: APITokenSecret, on terms: PlanTerms, key: PurposeKey, at now: Instant
    ) -> Result<Instant?, APITokenUseRefusal> {
        var end = expiresAt
        if !secret.fits(code, key) {
            guard let former, secret.fits(former.code, key) else { return .failure(.unknown) }
            guard now < former.endsAt else { return .failure(.rotated) }
            end = min(end ?? former.endsAt, former.endsAt)
        }
        return refusalOfUse(on: terms, at: now).map { .failure($0) } ?? .success(end)
    }

    /// What stands against any use of it, whatever was presented.
    func refusalOfUse(on terms: PlanTerms, at now: Instant) -> APITokenUseRefusal? {
        switch status(on: terms, at: now) {
        case .revoked: .revoked
        case .expired: .expired
        case .suspended: .suspended
        case .active, .expiring: nil
        }
    }
}
