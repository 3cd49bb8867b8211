import Hummingbird
import Identity
import JOSE

/// Invitations through the API.
struct InvitationsAPI: Feature {
    let bearer: BearerAuthentication
    let invitations: Invitations
    let acceptance: InvitationAcceptance
    let limits: RateLimits
    let mailIsWaiting: @Sendable () -> Void

    var routes: [Route] {
        [
            bearer.route(.post, "/api/v1/organizations/{id}/invitations", rate: .mail, invite),
            bearer.route(.get, "/api/v1/organizations/{id}/invitations", list),
            bearer.route(.delete, "/api/v1/organizations/{id}/invitations/{invitation_id}", revoke),
            bearer.route(.post, "/api/v1/invitations/accept", rate: .code, accept),
        ]
    }

    private func invite(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let (id, body) = (try call.organization(), try JSONBody(call))
        guard let email = EmailAddress(try body.string("email")) else { throw Refusal.notAnAddress }
        let role = try body.role()
        try limits.spendMail(to: email.canonical, at: call.now)
        let now = call.now
        let response = try await call.answer(
            { .json($0.json(at: now), status: .created) }, refusing: Refusal.init
        ) {
            try await invitations.invite(
                email, as: role, to: id, by: active.login, at: now, from: call.origin, recording: $0)
        }
        mailIsWaiting()
        return response
    }

    private func list(_ call: Call, _ active: Grants.Active) async throws -> Response {
        switch try await invitations.list(try call.page(), of: call.organization(), by: active.user.id) {
        case .failure(let refusal): throw Refusal(refusal)
        case .success(let paged):
            var json = JSONWriter()
            json.beginObject()
            json.beginArray("invitations")
            for invitation in paged.items { invitation.write(to: &json, at: call.now) }
            json.endArray()
            json.member(pagination: paged)
            json.endObject()
            return .json(json.bytes)
        }
    }

    private func revoke(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let id = try call.organization()
        guard let invitation = Invitation.ID(call.segment("invitation_id")) else {
            throw Refusal(OrganizationRefusal.unknown)
        }
        return try await call.answer({ .noContent }, refusing: Refusal.init) {
            try await invitations.revoke(
                invitation, in: id, by: active.login, at: call.now, from: call.origin, recording: $0)
        }
    }

    /// Answers the organization that was joined. The token of this call still acts in its own one.
    private func accept(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let token = try JSONBody(call).string("token")
        return try await call.answer({ .json($0.organizationJSON) }, refusing: Refusal.init) {
            try await acceptance.accept(
                .token(token), by: active.login, at: call.now, from: call.origin, recording: $0)
        }
    }
}

extension Invitation {
    fileprivate func json(at now: Instant) -> [UInt8] {
        var json = JSONWriter()
        write(to: &json, at: now)
        return json.bytes
    }

    fileprivate func write(to json: inout JSONWriter, at now: Instant) {
        json.beginObject()
        json.member("id", id.description)
        json.member("email", email.text)
        json.member("role", role.rawValue)
        json.member("status", isExpired(at: now) ? "expired" : "pending")
        json.member("invited_by", invitedBy.description)
        json.member("created_at", createdAt.iso8601)
        json.member("expires_at", expiresAt.iso8601)
        json.endObject()
    }
}
