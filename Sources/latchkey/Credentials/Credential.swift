import JOSE

/// A login on this machine at one issuer.
struct Credential: Hashable, Sendable {
    struct Tokens: Hashable, Sendable {
        let accessToken: String
        let expiresAt: Instant
        let refreshToken: String
        let scope: String
        /// The `Idempotency-Key` of a refresh that was begun and whose answer has not been stored. It is on disk
        /// before the request leaves, so that whoever comes after a crash or a lost answer asks again under the same
        /// key and is given the same successor, instead of looking like a thief.
        var pendingRefresh: String?

        /// Whether a request made now will still be accepted when it arrives.
        func isUsable(at now: Instant) -> Bool { now.duration(to: expiresAt) >= .seconds(60) }
    }

    /// Whose login it is, as the server said then; only to talk to people about it.
    struct Account: Hashable, Sendable {
        let email: String
        let organization: String
    }

    /// Nil once the server has said that this login is over.
    var tokens: Tokens?
    var account: Account?
    let loggedInAt: Instant
    /// The path of the PEM file of authorities that the login was made with; nil for the system's.
    let authorities: String?

    init(_ issued: IssuedTokens, at now: Instant, believing authorities: String? = nil) {
        tokens = Tokens(issued, at: now)
        loggedInAt = now
        self.authorities = authorities
    }
}

extension Credential.Tokens {
    init(_ issued: IssuedTokens, at now: Instant) {
        self.init(
            accessToken: issued.accessToken, expiresAt: now.advanced(by: issued.expiresIn),
            refreshToken: issued.refreshToken, scope: issued.scope)
    }
}

// MARK: JSON

extension Credential {
    init?(_ json: JSONObject) {
        guard let loggedInAt = json["logged_in_at"]?.string.flatMap(Instant.init(iso8601:)) else { return nil }
        self.loggedInAt = loggedInAt
        guard json["authorities"] == nil || json["authorities"]?.string != nil else { return nil }
        authorities = json["authorities"]?.string
        if let account = json["account"] {
            guard let email = account.object?["email"]?.string,
                let organization = account.object?["organization"]?.string
            else { return nil }
            self.account = Account(email: email, organization: organization)
        }
        guard json["access_token"] != nil else { return }
        guard let tokens = Tokens(json) else { return nil }
        self.tokens = tokens
    }

    var json: JSONObject {
        var json = JSONObject()
        if let account {
            json["account"] = .object(
                ["email": .string(account.email), "organization": .string(account.organization)])
        }
        json["logged_in_at"] = .string(loggedInAt.iso8601)
        json["authorities"] = authorities.map(JSONValue.string)
        guard let tokens else { return json }
        json["access_token"] = .string(tokens.accessToken)
        json["expires_at"] = .string(tokens.expiresAt.iso8601)
        json["refresh_token"] = .string(tokens.refreshToken)
        json["scope"] = .string(tokens.scope)
        json["pending_refresh"] = tokens.pendingRefresh.map(JSONValue.string)
        return json
    }
}

extension Credential.Tokens {
    fileprivate init?(_ json: JSONObject) {
        guard let accessToken = json["access_token"]?.string, let refreshToken = json["refresh_token"]?.string,
            let scope = json["scope"]?.string, let expiry = json["expires_at"]?.string,
            let expiresAt = Instant(iso8601: expiry)
        else { return nil }
        self.init(accessToken: accessToken, expiresAt: expiresAt, refreshToken: refreshToken, scope: scope)
        if let pending = json["pending_refresh"] {
            guard let key = pending.string else { return nil }
            pendingRefresh = key
        }
    }
}
