import JOSE

/// All logins of this machine, by issuer: what the credentials file holds.
struct Credentials: Hashable, Sendable {
    private var logins: [Issuer: Credential] = [:]

    init() {}

    subscript(issuer: Issuer) -> Credential? {
        get { logins[issuer] }
        set { logins[issuer] = newValue }
    }

    /// Where somebody logged in last.
    var latestIssuer: Issuer? {
        logins.max { ($0.value.loggedInAt, $0.key.description) < ($1.value.loggedInAt, $1.key.description) }?.key
    }

    /// Nil unless it is what `bytes` writes; members that are not known are ignored.
    init?(_ bytes: [UInt8]) {
        guard let json = try? JSONValue.parse(bytes, maximumDepth: 8), case .object(let object) = json else {
            return nil
        }
        for member in object.members {
            guard let issuer = Issuer(member.name), case .object(let login) = member.value,
                let credential = Credential(login)
            else { return nil }
            logins[issuer] = credential
        }
    }

    var bytes: [UInt8] {
        var json = JSONObject()
        for (issuer, credential) in logins.sorted(by: { $0.key.description < $1.key.description }) {
            json[issuer.description] = .object(credential.json)
        }
        return Array((JSONValue.object(json).pretty() + "\n").utf8)
    }
}
