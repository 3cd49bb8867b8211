import Identity
import JOSE

// What a request for a token, or a change of one, must look like. Members that name an organization or a person are
// ignored like all others that nobody asks for.

extension JSONBody {
    func minting() throws -> Minting {
        guard let access = APIToken.Access(rawValue: try string("access")) else {
            throw Refusal.invalidRequest("access must be full, read_only or custom.")
        }
        let (label, lifetime) = (try label(), try lifetime())
        let (scopes, resources) = (try chosenScopes(), try resources())
        guard access == .custom else {
            guard scopes == nil, resources == nil else {
                throw Refusal.invalidRequest("scopes and resources are for a token whose access is custom.")
            }
            return Minting(label: label, access: access, lifetime: lifetime)
        }
        guard let scopes else { throw Refusal.invalidRequest("The member scopes is missing: a custom token has some.") }
        return Minting(label: label, access: access, scopes: scopes, resources: resources, lifetime: lifetime)
    }

    func label() throws -> String {
        guard let label = APIToken.label(from: try string("label")) else {
            throw Refusal.invalidRequest("label must have \(NameRule.text).")
        }
        return label
    }

    /// `overlap`, in seconds; none when it is left out.
    func overlap() throws -> Duration {
        let seconds = try optionalInteger("overlap") ?? 0
        guard (0...APIToken.maximumOverlap.components.seconds).contains(seconds) else {
            throw Refusal(APITokenRefusal.overlapTooLong)
        }
        return .seconds(seconds)
    }

    private func lifetime() throws -> Duration? {
        guard let seconds = try optionalInteger("expires_in") else { return nil }
        let most = APIToken.maximumLifetime.components.seconds
        guard (1...most).contains(seconds) else {
            throw Refusal.invalidRequest(
                "expires_in is a number of seconds from 1 to \(most). Leave it out for a token that does not expire.")
        }
        return .seconds(seconds)
    }

    private func chosenScopes() throws -> ScopeSet? {
        guard let names = try optionalStrings("scopes") else { return nil }
        guard (1...ScopeSet.maximumCount).contains(names.count),
            let scopes = ScopeSet(parsing: names.joined(separator: " ")), scopes.names.count == names.count
        else {
            throw Refusal.invalidRequest(
                "scopes must be a list of 1 to \(ScopeSet.maximumCount) scopes, each once. GET /api/v1/scopes lists them."
            )
        }
        return scopes
    }

    private func resources() throws -> ResourceRestrictions? {
        guard let object = try optionalObject("resources") else { return nil }
        guard let resources = ResourceRestrictions(object) else {
            throw Refusal.invalidRequest(
                "resources must name 1 to \(ResourceRestrictions.maximumKinds) kinds, each with a list of 1 to "
                    + "\(ResourceRestrictions.maximumItems) identifiers, each once, as in {'projects': ['prj_1']}; in "
                    + "all at most \(ResourceRestrictions.maximumLength) bytes of printable ASCII.")
        }
        return resources
    }
}
