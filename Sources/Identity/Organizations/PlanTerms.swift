/// What each plan allows, as data: the one place where it is decided.
package struct PlanTerms: Hashable, Sendable {
    package let plan: Organization.Plan
    /// Whether admins may make API tokens.
    package let mintsAPITokens: Bool
    /// Whether an API token may be given a choice of scopes and resources of its own, beside all and read-only.
    package let customScopes: Bool
    /// Calls a minute with one API token.
    package let callsPerMinute: Int64
    /// Calls in a billing period with all API tokens together; nil: as many as there are minutes for.
    package let callsPerPeriod: Int64?

    /// Tokens from Pro on, custom scopes from Business on, and a hundred calls a minute: what the CRM APIs promise,
    /// and where they differ, the more generous.
    package static let all = [
        PlanTerms(plan: .free, mintsAPITokens: false, customScopes: false, callsPerMinute: 0, callsPerPeriod: 0),
        PlanTerms(plan: .pro, mintsAPITokens: true, customScopes: false, callsPerMinute: 100, callsPerPeriod: 100_000),
        PlanTerms(
            plan: .business, mintsAPITokens: true, customScopes: true, callsPerMinute: 100, callsPerPeriod: 1_000_000),
        PlanTerms(plan: .enterprise, mintsAPITokens: true, customScopes: true, callsPerMinute: 1_000),
    ]

    private init(
        plan: Organization.Plan, mintsAPITokens: Bool, customScopes: Bool, callsPerMinute: Int64,
        callsPerPeriod: Int64? = nil
    ) {
        self.plan = plan
        self.mintsAPITokens = mintsAPITokens
        self.customScopes = customScopes
        self.callsPerMinute = callsPerMinute
        self.callsPerPeriod = callsPerPeriod
    }
}

extension Organization.Plan {
    /// The row of this plan. A plan without one, which a test would find, allows nothing.
    package var terms: PlanTerms {
        PlanTerms.all.first { $0.plan == self } ?? PlanTerms.all[0]
    }
}
