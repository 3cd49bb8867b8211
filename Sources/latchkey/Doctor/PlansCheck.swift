import Identity

/// The file of plans, read as the start reads it: one that cannot be understood would stop the next start.
struct PlansCheck: Check {
    let name = "plans"

    func examine(_ deployment: Deployment) async -> [Finding] { [Self.judge(deployment.configuration.operation)] }

    static func judge(_ operation: OperationConfiguration) -> Finding {
        do throws(CommandFailure) {
            let plans = try operation.plans()
            guard let file = operation.plansFile else {
                return .ok("The plans are the standard ones: no file is named.")
            }
            let changed = Organization.Plan.allCases.filter { plans[$0] != PlanCatalog.standard[$0] }
            let names = changed.isEmpty ? "no plan" : changed.map(\.rawValue).joined(separator: ", ")
            return .ok("\(file) is understood; it changes \(names).")
        } catch {
            return .fault(error)
        }
    }
}
