/// What one plan allows.
package struct PlanTerms: Hashable, Sendable {
    package let plan: Organization.Plan
    /// Whether admins may make API tokens.
    package var mintsAPITokens: Bool
    /// Whether an API token may be given a choice of scopes and resources of its own, beside all and read-only.
    package var customScopes: Bool
    /// Calls a minute with one API token.
    package var callsPerMinute: Int64
    /// Calls in a billing period with all API tokens of an organization together; nil: as many as there are minutes for.
    package var callsPerPeriod: Int64?

    /// - Parameter callsPerMinute: nothing to say for a plan without API tokens.
    package init(
        plan: Organization.Plan, mintsAPITokens: Bool, customScopes: Bool = false, callsPerMinute: Int64 = 0,
        callsPerPeriod: Int64? = nil
    ) {
        self.plan = plan
        self.mintsAPITokens = mintsAPITokens
        self.customScopes = customScopes
        self.callsPerMinute = callsPerMinute
        self.callsPerPeriod = callsPerPeriod
    }
}

// What they are unless an operator says otherwise: tokens from Pro on, custom scopes from Business on, and a hundred calls
// a minute, as the CRM APIs promise, and where these differ, the more generous.
extension PlanTerms {
    package static let free = PlanTerms(plan: .free, mintsAPITokens: false, callsPerPeriod: 0)
    package static let pro = PlanTerms(
        plan: .pro, mintsAPITokens: true, callsPerMinute: 100, callsPerPeriod: 100_000)
    package static let business = PlanTerms(
        plan: .business, mintsAPITokens: true, customScopes: true, callsPerMinute: 100, callsPerPeriod: 1_000_000)
    package static let enterprise = PlanTerms(
        plan: .enterprise, mintsAPITokens: true, customScopes: true, callsPerMinute: 1_000)
}

/// The terms of every plan: the one place where it is decided what a plan allows.
package struct PlanCatalog: Hashable, Sendable {
    private var terms: [Organization.Plan: PlanTerms]

    package static let standard = PlanCatalog([])

    /// - Parameter changed: instead of the standard ones of the same plans.
    package init(_ changed: [PlanTerms]) {
        let standard: [PlanTerms] = [.free, .pro, .business, .enterprise]
        terms = Dictionary((standard + changed).map { ($0.plan, $0) }, uniquingKeysWith: { $1 })
    }

    /// A plan without terms, which a test would find, allows nothing.
    package subscript(plan: Organization.Plan) -> PlanTerms {
        terms[plan] ?? PlanTerms(plan: plan, mintsAPITokens: false)
    }

    /// In the order of the plans.
    package var all: [PlanTerms] { Organization.Plan.allCases.map { self[$0] } }
}
