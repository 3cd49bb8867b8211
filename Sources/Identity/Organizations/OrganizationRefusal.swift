/// Why something is not done in an organization.
package enum OrganizationRefusal: Error, Hashable, Sendable {
    /// There is none, or it is not theirs to see: on the wire these are the same.
    case unknown
    /// A member, but not of a role that may do this.
    case notAllowed(OrganizationAction)
    /// Nobody would be left who owns it.
    case lastOwner
    case slugTaken
    /// They own as many organizations as anyone may.
    case tooManyOrganizations
    case tooManyMembers
    /// Too many wait to be accepted, or were sent of late.
    case tooManyInvitations
    /// Whoever reads this address is a member already.
    case alreadyMember
}

extension Organization {
    /// Organizations that one person may own and still found another.
    package static let maximumOwned: Int64 = 20
    /// Members of one organization.
    package static let maximumMembers: Int64 = 1_000
    /// Invitations of one organization that wait to be accepted.
    package static let maximumWaitingInvitations: Int64 = 100
    /// Invitations that one organization sends in a day, each a mail to someone who may not know it.
    package static let maximumInvitationsPerDay: Int64 = 200
}
