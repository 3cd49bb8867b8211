import JOSE

/// What a route asks of the token that calls it.
public struct TokenRequirement: Hashable, Sendable {
    /// Scopes, each of which the token must have been granted, to the letter.
    public var scopes: [String]
    /// How the person must have signed in, and how lately; nil: in any way.
    public var stepUp: StepUp?

    /// All of these scopes, and that step-up.
    public init(scopes: [String] = [], stepUp: StepUp? = nil) {
        self.scopes = scopes
        self.stepUp = stepUp
    }

    /// Any good token of this API.
    public static let token = TokenRequirement()

    /// A token with this scope.
    public static func scope(_ scope: String) -> TokenRequirement { TokenRequirement(scopes: [scope]) }
}

/// A sign-in of a certain kind, not too long ago (RFC 9470).
///
/// API tokens speak for no person, so they never meet it.
public struct StepUp: Hashable, Sendable {
    /// `acr` of a login at Latchkey that has shown a second factor.
    public static let secondFactor = "urn:latchkey:acr:step-up"

    /// Which `acr` will do, the preferred first; empty: any, and none.
    public let contextClasses: [String]
    /// How long after `auth_time` the token will do; nil: for as long as it is good.
    public let maximumAge: Duration?

    /// - Parameters:
    ///   - contextClasses: which `acr` will do.
    ///   - maximumAge: in whole seconds, how long ago it may have been.
    public init(_ contextClasses: [String] = [secondFactor], within maximumAge: Duration? = nil) {
        self.contextClasses = contextClasses
        self.maximumAge = maximumAge.map { .seconds(max(0, $0.components.seconds)) }
    }

    /// A second factor, shown at Latchkey within the last minutes.
    public static func secondFactor(within maximumAge: Duration) -> StepUp {
        StepUp([secondFactor], within: maximumAge)
    }

    func isMet(by token: VerifiedToken, at now: Instant) -> Bool {
        if !contextClasses.isEmpty {
            guard let shown = token.authenticationContextClass, contextClasses.contains(where: shown.isExactly) else {
                return false
            }
        }
        guard let maximumAge else { return true }
        return token.authTime.map { now - $0 <= maximumAge } ?? false
    }

    /// RFC 9470 §3.
    var parameters: [(name: String, value: String)] {
        var parameters: [(name: String, value: String)] = []
        if !contextClasses.isEmpty { parameters.append(("acr_values", contextClasses.joined(separator: " "))) }
        if let maximumAge { parameters.append(("max_age", String(maximumAge.components.seconds))) }
        return parameters
    }
}
