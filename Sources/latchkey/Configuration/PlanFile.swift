import Identity
import JOSE

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The operator's own terms of plans: a JSON object with a member for each plan that differs from the standard.
struct PlanFile {
    let path: String

    private static let maximumSize = 64 * 1_024
    /// Far more than any program calls.
    private static let mostPerMinute: Int64 = 1_000_000
    private static let mostPerPeriod: Int64 = 1_000_000_000_000

    /// Reads it. Whatever is not understood stops the start.
    func load() throws(CommandFailure) -> PlanCatalog {
        guard let data = FileManager.default.contents(atPath: path), data.count <= Self.maximumSize else {
            throw failure("The file \(path) cannot be read.")
        }
        guard let plans = try? JSONValue.parse(Array(data), maximumDepth: 4).object else {
            throw failure("\(path) does not hold one object of strict JSON.")
        }
        var changed: [PlanTerms] = []
        for member in plans.members { changed.append(try terms(member.name, member.value)) }
        return PlanCatalog(changed)
    }

    private func terms(_ name: String, _ value: JSONValue) throws(CommandFailure) -> PlanTerms {
        guard let plan = Organization.Plan(rawValue: name) else {
            let known = Organization.Plan.allCases.map(\.rawValue)
            throw failure("\(path) names the plan \(name.printable), but there are \(known.joined(separator: ", ")).")
        }
        guard let members = value.object?.members else { throw failure("\(path): \(name) must be an object.") }
        var terms = PlanCatalog.standard[plan]
        for member in members {
            let place = "\(path): \(name).\(member.name.printable)"
            switch member.name {
            case "api_tokens": terms.mintsAPITokens = try truth(member.value, place)
            case "custom_scopes": terms.customScopes = try truth(member.value, place)
            case "calls_per_minute": terms.callsPerMinute = try number(member.value, Self.mostPerMinute, place)
            case "calls_per_period":
                terms.callsPerPeriod =
                    member.value == .null ? nil : try number(member.value, Self.mostPerPeriod, place)
            default:
                throw failure(
                    "\(place) is no term of a plan: there are api_tokens, custom_scopes, calls_per_minute and "
                        + "calls_per_period.")
            }
        }
        return try checked(terms)
    }

    /// Free has no calls by itself, so whoever lets it have tokens must say how many.
    private func checked(_ terms: PlanTerms) throws(CommandFailure) -> PlanTerms {
        let name = terms.plan.rawValue
        guard terms.mintsAPITokens else { return terms }
        guard terms.callsPerMinute > 0, terms.callsPerPeriod != 0 else {
            throw failure(
                "\(path): \(name) has API tokens that may do no call: set calls_per_minute and calls_per_period.")
        }
        return terms
    }

    private func truth(_ value: JSONValue, _ place: String) throws(CommandFailure) -> Bool {
        guard let truth = value.bool else { throw failure("\(place) must be true or false.") }
        return truth
    }

    private func number(_ value: JSONValue, _ most: Int64, _ place: String) throws(CommandFailure) -> Int64 {
        guard let number = value.integer, (1...most).contains(number) else {
            throw failure("\(place) must be a whole number from 1 to \(most).")
        }
        return number
    }

    private func failure(_ message: String) -> CommandFailure {
        CommandFailure(
            .usedWrongly, code: "plans", message,
            next: "plans is a file such as {\"pro\": {\"calls_per_minute\": 200}}. See docs/configuration.md.")
    }
}
