import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// Who a token speaks for, and the other logins of the same person.
struct ProfileAPI: Feature {
    let bearer: BearerAuthentication
    let users: Users
    let organizations: Organizations
    let organizationSwitch: OrganizationSwitch
    let grants: Grants

    var routes: [Route] {
        [
            bearer.route(.get, "/api/v1/auth/me", audience: .any) { call, active in
                .json(active.profile())
            },
            bearer.route(.patch, "/api/v1/auth/me", rename),
            bearer.route(.get, "/api/v1/auth/organizations", listOrganizations),
            bearer.route(.post, "/api/v1/auth/switch", rate: .token, changeOrganization),
            bearer.route(.get, "/api/v1/auth/sessions", listSessions),
            bearer.route(.delete, "/api/v1/auth/sessions/{id}", endSession),
        ]
    }

    private func rename(_ call: Call, _ active: Grants.Active) async throws -> Response {
        guard let typed = try JSONBody(call).optionalString("name") else { return .json(active.profile()) }
        guard let name = User.name(from: typed) else {
            throw Refusal.invalidRequest("name must have \(NameRule.text).")
        }
        return try await call.answer({ .json(active.profile(of: $0)) }, refusing: { (refusal: Refusal) in refusal }) {
            .success(
                try await users.rename(by: active.login, to: name, at: call.now, from: call.origin, recording: $0))
        }
    }

    private func listOrganizations(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let memberships = try await organizations.memberships(of: active.user.id)
        var json = JSONWriter()
        json.beginObject()
        json.beginArray("organizations")
        for membership in memberships {
            json.beginObject()
            membership.writeMembers(to: &json)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json.bytes)
    }

    private func changeOrganization(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let wanted = try JSONBody(call).string("organization")
        return try await call.answer({ .json($0.json) }, refusing: Refusal.init) {
            try await organizationSwitch.switch(
                from: active, to: wanted, at: call.now, from: call.origin, recording: $0)
        }
    }

    private func listSessions(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let listed = try await grants.all(of: active.user.id, at: call.now)
        var json = JSONWriter()
        json.beginObject()
        json.beginArray("sessions")
        for login in listed {
            login.write(to: &json, isCurrent: login.grant.id == active.grant.id)
        }
        json.endArray()
        json.endObject()
        return .json(json.bytes)
    }

    private func endSession(_ call: Call, _ active: Grants.Active) async throws -> Response {
        guard let id = Grant.ID(call.segment("id")) else { throw Refusal.notFound }
        return try await call.answer({ .noContent }, refusing: { (refusal: Refusal) in refusal }) {
            try await grants.revoke(id, of: active.user.id, at: call.now, from: call.origin, recording: $0)
                ? .success(()) : .failure(.notFound)
        }
    }
}

extension Grants.Active {
    fileprivate func profile(of renamed: User? = nil) -> [UInt8] {
        let user = renamed ?? user
        var json = JSONWriter()
        json.beginObject()
        json.member("id", user.id.description)
        json.member("email", user.email.text)
        json.member("name", user.name)
        json.member("created_at", user.createdAt.iso8601)
        json.beginObject("organization")
        membership.writeMembers(to: &json)
        json.endObject()
        json.member("scopes", words: scopes.description)
        json.beginObject("session")
        json.member("auth_time", grant.lastAuthTime.iso8601)
        json.member("amr", grant.authenticationMethods)
        json.member("expires_at", grant.expiresAt.iso8601)
        json.endObject()
        json.endObject()
        return json.bytes
    }
}

extension Membership {
    /// `id`, `slug`, `name`, `role`.
    func writeMembers(to json: inout JSONWriter) {
        json.member("id", organization.id.description)
        json.member("slug", organization.slug)
        json.member("name", organization.name)
        json.member("role", role.rawValue)
    }
}

extension Grants.Listed {
    fileprivate func write(to json: inout JSONWriter, isCurrent: Bool) {
        json.beginObject()
        json.member("id", grant.id.description)
        json.member("client", clientName)
        json.member("device", grant.device)
        json.beginObject("organization")
        json.member("id", organization.id.description)
        json.member("slug", organization.slug)
        json.member("name", organization.name)
        json.endObject()
        json.member("scopes", words: grant.scopes.description)
        json.member("created_at", grant.createdAt.iso8601)
        json.member("created_from", grant.createdAddress)
        json.member("last_used_at", grant.lastUsedAt.iso8601)
        json.member("last_used_from", grant.lastUsedAddress)
        json.member("current", isCurrent)
        json.endObject()
    }
}
