import Identity

extension Organizations {
    /// The viewer's own membership in the organization that a page or form names, when their role lets them do this there.
    /// One that is not theirs is as unknown as one that never was.
    func membership(
        in named: String?, of viewer: Browsers.Viewer, for action: OrganizationAction
    ) async throws -> Membership {
        guard let id = named.flatMap(Organization.ID.init),
            let own = try await membership(of: viewer.user.id, in: id)
        else { throw Refusal.notFound }
        guard own.role.may(action) else { throw Refusal(OrganizationRefusal.notAllowed(action)) }
        return own
    }
}
