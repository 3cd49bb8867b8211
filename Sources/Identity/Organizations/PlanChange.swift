package import Database
package import JOSE

/// Putting an organization on a plan, by whoever runs the server: with or without servers on the same data.
package struct PlanChange: Sendable {
    private let database: Database
    private let organizations: Organizations

    package init(database: Database, random: RandomSource) {
        self.database = database
        organizations = Organizations(database, random: random)
    }

    /// - Parameters:
    ///   - name: its slug, or its identifier.
    ///   - plan: nil: only tells which it is.
    package func put(
        _ name: String, on plan: Organization.Plan?, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<Organization, OrganizationRefusal> {
        let found = try await database.read { transaction in
            try Organization.find(slug: name, in: transaction)
                ?? Organization.ID(name).flatMap { try Organization.find($0, in: transaction) }
        }
        guard let found else { return .failure(.unknown) }
        guard let plan else { return .success(found) }
        return try await organizations.changePlan(of: found.id, to: plan, at: now, from: origin)
    }
}
