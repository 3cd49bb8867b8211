import Hummingbird
import Identity
import JOSE

/// Organizations through the API. A token for this server speaks for its user, so `{id}` is any organization that the
/// user belongs to; every other is not found.
struct OrganizationsAPI: Feature {
    let bearer: BearerAuthentication
    let organizations: Organizations
    let members: Members

    var routes: [Route] {
        [
            bearer.route(.post, "/api/v1/organizations", create),
            bearer.route(.get, "/api/v1/organizations/{id}", show),
            bearer.route(.patch, "/api/v1/organizations/{id}", rename),
            bearer.route(.get, "/api/v1/organizations/{id}/members", listMembers),
            bearer.route(.patch, "/api/v1/organizations/{id}/members/{user_id}", changeRole),
            bearer.route(.delete, "/api/v1/organizations/{id}/members/{user_id}", removeMember),
        ]
    }

    private func create(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let body = try JSONBody(call)
        let (name, slug) = (try body.organizationName(), try body.optionalString("slug"))
        guard slug.map(Organization.isSlug) ?? true else { throw Refusal.notASlug }
        return try await call.answer({ .json($0.organizationJSON, status: .created) }, refusing: Refusal.init) {
            try await organizations.found(
                name: name, slug: slug, by: active.login, at: call.now, from: call.origin, recording: $0)
        }
    }

    private func show(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let membership = try await organizations.membership(of: active.user.id, in: call.organization())
        guard let membership else { throw Refusal(OrganizationRefusal.unknown) }
        return .json(membership.organizationJSON)
    }

    private func rename(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let (id, body) = (try call.organization(), try JSONBody(call))
        guard try body.optionalString("slug") == nil else {
            throw Refusal.invalidRequest("The slug of an organization stays: other systems know it by that.")
        }
        let name = try body.organizationName()
        return try await call.answer({ .json($0.organizationJSON) }, refusing: Refusal.init) {
            try await organizations.rename(
                id, to: name, by: active.login, at: call.now, from: call.origin, recording: $0)
        }
    }

    private func listMembers(_ call: Call, _ active: Grants.Active) async throws -> Response {
        switch try await members.list(try call.page(), of: call.organization(), by: active.user.id) {
        case .failure(let refusal): throw Refusal(refusal)
        case .success(let paged):
            var json = JSONWriter()
            json.beginObject()
            json.beginArray("members")
            for member in paged.items { member.write(to: &json) }
            json.endArray()
            json.member(pagination: paged)
            json.endObject()
            return .json(json.bytes)
        }
    }

    private func changeRole(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let (id, member) = (try call.organization(), try call.member())
        let role = try JSONBody(call).role()
        return try await call.answer({ .json($0.json) }, refusing: Refusal.init) {
            try await members.changeRole(
                of: member, to: role, in: id, by: active.login, at: call.now, from: call.origin, recording: $0)
        }
    }

    private func removeMember(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let (id, member) = (try call.organization(), try call.member())
        return try await call.answer({ .noContent }, refusing: Refusal.init) {
            try await members.remove(
                member, from: id, by: active.login, at: call.now, from: call.origin, recording: $0)
        }
    }
}

extension Call {
    /// The organization of the path. What is no identifier names none, in the same words.
    func organization() throws -> Organization.ID {
        guard let id = Organization.ID(segment("id")) else { throw Refusal(OrganizationRefusal.unknown) }
        return id
    }

    fileprivate func member() throws -> User.ID {
        guard let id = User.ID(segment("user_id")) else { throw Refusal(OrganizationRefusal.unknown) }
        return id
    }
}

extension JSONBody {
    fileprivate func organizationName() throws -> String {
        guard let name = Organization.name(from: try string("name")) else {
            throw Refusal.invalidRequest("name must have \(NameRule.text).")
        }
        return name
    }

    func role() throws -> Role {
        guard let role = Role(rawValue: try string("role")) else {
            throw Refusal.invalidRequest("role must be owner, admin, member or viewer.")
        }
        return role
    }
}

extension Membership {
    /// `id`, `slug`, `name`, `plan`, `role`, `created_at`.
    var organizationJSON: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("id", organization.id.description)
        json.member("slug", organization.slug)
        json.member("name", organization.name)
        json.member("plan", organization.plan.rawValue)
        json.member("role", role.rawValue)
        json.member("created_at", organization.createdAt.iso8601)
        json.endObject()
        return json.bytes
    }
}

extension Member {
    fileprivate var json: [UInt8] {
        var json = JSONWriter()
        write(to: &json)
        return json.bytes
    }

    fileprivate func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("user_id", user.description)
        json.member("email", email.text)
        json.member("name", name)
        json.member("role", role.rawValue)
        json.member("created_at", joinedAt.iso8601)
        json.endObject()
    }
}
