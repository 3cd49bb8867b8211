import JOSE

/// Reads claims strictly: one that is there has the right type, or the token is refused.
struct ClaimReader {
    typealias Failure = TokenVerifier.Failure

    private let claims: JSONObject

    /// The last second of the year 9999. A time beyond it is a fault, not a long life.
    private static let latest: Int64 = 253_402_300_799

    init(_ claims: JSONObject) {
        self.claims = claims
    }

    /// A string that is not empty.
    func text(_ name: String) throws(Failure) -> String {
        guard let text = claims[name]?.string, !text.isEmpty else { throw .invalidClaim(name) }
        return text
    }

    func optionalText(_ name: String) throws(Failure) -> String? {
        guard let value = claims[name] else { return nil }
        guard let text = value.string else { throw .invalidClaim(name) }
        return text
    }

    func optionalTexts(_ name: String) throws(Failure) -> [String]? {
        guard let value = claims[name] else { return nil }
        guard let texts = value.strings else { throw .invalidClaim(name) }
        return texts
    }

    /// A NumericDate (RFC 7519 §2) of whole seconds, which is what RFC 9068 issuers write.
    func time(_ name: String) throws(Failure) -> Instant {
        guard let seconds = claims[name]?.integer, (0...Self.latest).contains(seconds) else {
            throw .invalidClaim(name)
        }
        return Instant(seconds: seconds)
    }

    func optionalTime(_ name: String) throws(Failure) -> Instant? {
        claims[name] == nil ? nil : try time(name)
    }

    /// `resources`: lists of texts by kind. What cannot be read must not become a token without restrictions.
    func optionalResources() throws(Failure) -> [String: [String]]? {
        guard let value = claims["resources"] else { return nil }
        guard let members = value.object?.members else { throw .invalidClaim("resources") }
        var resources: [String: [String]] = [:]
        for member in members {
            guard let items = member.value.strings else { throw .invalidClaim("resources") }
            // Two spellings of one name that Swift takes for the same: what either leaves out is left out.
            resources[member.name] = resources[member.name].map { $0.filter(items.contains) } ?? items
        }
        return resources
    }

    /// `aud` is one string or an array of them (RFC 7519 §4.1.3).
    func audience() throws(Failure) -> [String] {
        if let one = claims["aud"]?.string { return [one] }
        guard let many = claims["aud"]?.strings else { throw .invalidClaim("aud") }
        return many
    }
}
