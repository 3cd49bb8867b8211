import JOSE

/// Reads claims strictly: one that is there has the right type, or the token is refused.
///
/// It looks on from the claim that it found last: issuers write them in one order, and who asks in about that order finds
/// each without looking through all.
struct ClaimReader {
    typealias Failure = TokenVerifier.Failure

    private let claims: JSONObject
    /// After the claim that was found last.
    private var next = 0

    /// The last second of the year 9999. A time beyond it is a fault, not a long life.
    private static let latest: Int64 = 253_402_300_799

    init(_ claims: JSONObject) {
        self.claims = claims
    }

    private mutating func value(_ name: String) -> JSONValue? {
        guard let index = claims.index(of: name, from: next) else { return nil }
        next = index + 1
        return claims.members[index].value
    }

    /// A string that is not empty.
    mutating func text(_ name: String) throws(Failure) -> String {
        guard let text = value(name)?.string, !text.isEmpty else { throw .invalidClaim(name) }
        return text
    }

    mutating func optionalText(_ name: String) throws(Failure) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.string else { throw .invalidClaim(name) }
        return text
    }

    mutating func optionalTexts(_ name: String) throws(Failure) -> [String]? {
        guard let value = value(name) else { return nil }
        guard let texts = value.strings else { throw .invalidClaim(name) }
        return texts
    }

    /// A NumericDate (RFC 7519 §2) of whole seconds, which is what RFC 9068 issuers write.
    mutating func time(_ name: String) throws(Failure) -> Instant {
        try Self.time(value(name), name)
    }

    private static func time(_ value: JSONValue?, _ name: String) throws(Failure) -> Instant {
        guard let seconds = value?.integer, (0...latest).contains(seconds) else { throw .invalidClaim(name) }
        return Instant(seconds: seconds)
    }

    mutating func optionalTime(_ name: String) throws(Failure) -> Instant? {
        guard let value = value(name) else { return nil }
        return try Self.time(value, name)
    }

    /// `resources`: lists of texts by kind. What cannot be read must not become a token without restrictions.
    mutating func optionalResources() throws(Failure) -> [String: [String]]? {
        guard let value = value("resources") else { return nil }
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
    mutating func audience() throws(Failure) -> [String] {
        switch value("aud") {
        case .string(let one)?: return [one]
        case let value?: if let many = value.strings { return many }
        case nil: break
        }
        throw .invalidClaim("aud")
    }
}
