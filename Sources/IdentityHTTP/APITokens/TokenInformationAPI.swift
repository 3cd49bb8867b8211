import Hummingbird
import Identity
import JOSE

/// What a token is told about itself: `/api/v1/me` and `/api/v1/scopes`, for logins, API tokens and the JWTs that these
/// are exchanged for.
struct TokenInformationAPI: Feature {
    let bearer: BearerAuthentication
    let resourceServers: ResourceServers

    var routes: [Route] {
        [
            bearer.route(anyHolder: "/api/v1/me") { _, holder in .json(holder.description) },
            bearer.route(anyHolder: "/api/v1/scopes", scopes),
        ]
    }

    private func scopes(_ call: Call, _ holder: TokenHolder) async throws -> Response {
        let catalog = try await resourceServers.catalog()
        var json = JSONWriter()
        json.beginObject()
        json.member("granted", words: holder.scopes.description)
        json.beginArray("catalog")
        for server in catalog.servers {
            for scope in server.scopes {
                json.beginObject()
                json.member("scope", scope.name)
                json.member("description", scope.description)
                json.member("resource_server", server.identifier)
                json.endObject()
            }
        }
        json.endArray()
        json.endObject()
        return .json(json.bytes)
    }
}

extension TokenHolder {
    /// Whose token this is. An API token speaks for an organization; who made it is nobody's business but its admins'.
    fileprivate var description: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        switch self {
        case .login(let login):
            json.member("type", "access_token")
            json.member(organization: login.membership.organization)
            json.member(owner: "user", login.user.id.description, login.user.name)
            json.memberNull("token")
        case .apiToken(let active):
            json.member("type", "api_token")
            json.member(organization: active.organization)
            json.member(owner: "organization", active.organization.id.description, active.organization.name)
            json.beginObject("token")
            json.member("id", active.token.id.description)
            json.member("label", active.token.label)
            json.member("access", active.token.access.rawValue)
            json.member("expires_at", time: active.token.expiresAt)
            json.endObject()
        }
        json.member("scopes", words: scopes.description)
        json.member(resources: resources)
        json.member(limitsOf: self)
        json.endObject()
        return json.bytes
    }
}

extension JSONWriter {
    /// Of an API token, by its plan; of a login, as many as its address may send.
    fileprivate mutating func member(limitsOf holder: TokenHolder) {
        switch holder {
        case .login:
            beginObject("limits")
            member("requests_per_minute", RateLimits.table.first { $0.0 == .api }?.perAddress ?? 0)
            endObject()
        case .apiToken(let active): member(limitsOf: active)
        }
    }

    /// What its organization's plan allows, and how much of it is used up: for programs, and for the resource servers that
    /// are to refuse them.
    mutating func member(limitsOf active: APITokens.Active) {
        beginObject("limits")
        member("requests_per_minute", active.terms.callsPerMinute)
        if let limit = active.quota.limit { member("calls_per_period", limit) } else { memberNull("calls_per_period") }
        member("calls_this_period", active.quota.used)
        member("period_ends_at", active.quota.period.end.iso8601)
        member("exhausted", active.quota.isExhausted)
        endObject()
    }

    fileprivate mutating func member(organization: Organization) {
        beginObject("organization")
        member("id", organization.id.description)
        member("slug", organization.slug)
        member("name", organization.name)
        member("plan", organization.plan.rawValue)
        endObject()
    }

    fileprivate mutating func member(owner kind: String, _ id: String, _ name: String) {
        beginObject("owner")
        member("type", kind)
        member("id", id)
        member("name", name)
        endObject()
    }
}
