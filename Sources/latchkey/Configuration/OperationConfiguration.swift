import Identity
import JOSE

/// How the server is watched and stopped.
struct OperationConfiguration: Sendable {
    /// Nil: the metrics are for this machine alone.
    let metricsToken: Secret?
    let drainDelay: Duration
    /// Nil: the standard terms of plans.
    let plansFile: String?

    init(_ layers: ConfigurationLayers) throws {
        metricsToken = try layers.value(.metricsToken, Self.token)
        drainDelay = .seconds(
            try layers.value(.drainDelay) { Int($0).flatMap { (0...300).contains($0) ? $0 : nil } } ?? 0)
        plansFile = try layers.value(.plans) { $0.isEmpty ? nil : $0 }
    }

    /// What each plan allows. Throws what stops the start when the file cannot be understood.
    func plans() throws(CommandFailure) -> PlanCatalog {
        guard let plansFile else { return .standard }
        return try PlanFile(path: plansFile).load()
    }

    /// Long enough that nobody guesses it, and fit for a header.
    private static func token(_ text: String) -> Secret? {
        guard (32...512).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        return Secret(text.utf8)
    }
}
