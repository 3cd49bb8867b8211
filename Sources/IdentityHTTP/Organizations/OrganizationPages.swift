import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// `/organization`: who belongs to it, who is invited, its API tokens, what was done in it, and what it is called.
struct OrganizationPages: Feature {
    let browsers: Browsers
    let pages: PageRenderer
    let organizations: Organizations
    let members: Members
    let invitations: Invitations
    let acceptance: InvitationAcceptance
    let sections: OrganizationSections
    let limits: RateLimits
    /// Whether mail leaves, so that an invitation does.
    let sendsMail: Bool
    let mailIsWaiting: @Sendable () -> Void

    var routes: [Route] {
        [
            browsers.signedInPage("/organization") { call, viewer in
                try await show(call, viewer, of: named(call.query("id")))
            },
            browsers.signedInForm("/organization/create", create),
            browsers.signedInForm("/organization/rename", rename),
            browsers.signedInForm("/organization/members/role", changeRole),
            browsers.signedInForm("/organization/members/remove", remove),
            browsers.signedInForm("/organization/invitations", rate: .mail, invite),
            browsers.signedInForm("/organization/invitations/revoke", revoke),
            browsers.signedInForm("/organization/invitations/accept", rate: .code, accept),
        ]
    }

    /// What was typed and refused, shown again beside its field.
    struct Fault {
        let field: String
        let typed: String
        let message: String
    }

    /// - Parameter id: nil: the organization that the person joined first.
    private func show(
        _ call: Call, _ viewer: Browsers.Viewer, of id: Organization.ID? = nil, refusal: Refusal? = nil,
        fault: Fault? = nil
    ) async throws -> Response {
        let memberships = try await organizations.memberships(of: viewer.user.id)
        let chosen = id.map { id in memberships.first { $0.organization.id == id } } ?? memberships.first
        if id != nil, chosen == nil { throw Refusal.notFound }
        let view = OrganizationView(viewer: viewer.user, at: call.now)
        var context: [String: Any] = [
            "tabs": memberships.count > 1 ? view.tabs(memberships, chosen: chosen) : [],
            "offers": view.offers(try await acceptance.offers(to: viewer.user, at: call.now)),
        ]
        if let chosen {
            let (id, page) = (chosen.organization.id, try call.page())
            let people = try await members.list(page, of: id, by: viewer.user.id).mapError(Refusal.init).get()
            var waiting: Paged<Invitation>?
            if chosen.role.may(.readInvitations), let all = Page(limit: Organization.maximumWaitingInvitations) {
                waiting = try await invitations.list(all, of: id, by: viewer.user.id).mapError(Refusal.init).get()
            }
            context["organization"] = view.organization(chosen, people, waiting)
            context["apiTokens"] = try await sections.apiTokens(
                of: chosen, by: viewer.authenticated, page: try call.number("tokens") ?? 1, at: call.now)
            context["webhooks"] = try await sections.webhooks(
                of: chosen, by: viewer.authenticated, at: call.now)
            context["audit"] = try await sections.audit(
                of: chosen, by: viewer.user.id, before: try event(call.query("events")))
        }
        if let fault {
            context[fault.field + "Error"] = fault.message
            context[fault.field + "Typed"] = fault.typed
        }
        if let refusal { context["error"] = refusal.message }
        if let notice = call.query("done").flatMap({ Self.notices[$0] }) { context["notice"] = notice }
        let status = refusal?.status ?? (fault == nil ? .ok : .badRequest)
        return pages.page("organization", context, for: viewer.browser, status: status)
    }

    private static let notices = [
        "saved": "Saved.", "invited": "The invitation is on its way.", "withdrawn": "The invitation was withdrawn.",
        "invitation-waits": "The invitation is made, and goes out once this server can send mail. Whoever runs it sets "
            + "smtp_url and mail_from.",
        "removed": "Removed.", "left": "You left the organization.", "joined": "You joined the organization.",
        "created": "The organization is there.", "token-revoked": "The API token was revoked.",
        "webhook-deleted": "The webhook was deleted.",
    ]

    private func event(_ text: String?) throws -> AuditEvent.ID? {
        guard let text else { return nil }
        guard let id = AuditEvent.ID(text) else { throw Refusal.notFound }
        return id
    }

    private func named(_ text: String?) throws -> Organization.ID? {
        guard let text else { return nil }
        guard let id = Organization.ID(text) else { throw Refusal.notFound }
        return id
    }

    private func organization(_ form: FormBody) throws -> Organization.ID {
        guard let id = try named(form.required("organization")) else { throw Refusal.notFound }
        return id
    }

    private func done(_ what: String, _ id: Organization.ID?) -> Response {
        .seeOther("/organization?" + (id.map { "id=\($0)&" } ?? "") + "done=" + what)
    }

    /// Goes on after a form, or shows the page again with the reason why not.
    private func finish<Outcome>(
        _ outcome: Result<Outcome, OrganizationRefusal>, _ call: Call, _ viewer: Browsers.Viewer,
        _ id: Organization.ID?, _ next: (Outcome) -> Response
    ) async throws -> Response {
        switch outcome {
        case .success(let outcome): return next(outcome)
        case .failure(.unknown): throw Refusal.notFound
        case .failure(let refusal): return try await show(call, viewer, of: id, refusal: Refusal(refusal))
        }
    }

    private func create(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let typed = form["name"] ?? ""
        guard let name = Organization.name(from: typed) else {
            return try await show(call, viewer, fault: Fault(field: "create", typed: typed, message: NameRule.ofNames))
        }
        let outcome = try await organizations.found(
            name: name, slug: nil, by: viewer.login, at: call.now, from: call.origin)
        return try await finish(outcome, call, viewer, nil) { done("created", $0.organization.id) }
    }

    private func rename(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let (id, typed) = (try organization(form), form["name"] ?? "")
        guard let name = Organization.name(from: typed) else {
            return try await show(
                call, viewer, of: id, fault: Fault(field: "rename", typed: typed, message: NameRule.ofNames))
        }
        let outcome = try await organizations.rename(
            id, to: name, by: viewer.login, at: call.now, from: call.origin)
        return try await finish(outcome, call, viewer, id) { _ in done("saved", id) }
    }

    private func changeRole(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let id = try organization(form)
        guard let user = form["user"].flatMap(User.ID.init), let role = form["role"].flatMap(Role.init(rawValue:))
        else { throw Refusal.invalidRequest("No member or no role was chosen.") }
        let outcome = try await members.changeRole(
            of: user, to: role, in: id, by: viewer.login, at: call.now, from: call.origin)
        return try await finish(outcome, call, viewer, id) { _ in done("saved", id) }
    }

    private func remove(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let id = try organization(form)
        guard let user = form["user"].flatMap(User.ID.init) else {
            throw Refusal.invalidRequest("No member was chosen.")
        }
        let outcome = try await members.remove(
            user, from: id, by: viewer.login, at: call.now, from: call.origin)
        return try await finish(outcome, call, viewer, id) { _ in
            user == viewer.user.id ? done("left", nil) : done("removed", id)
        }
    }

    private func invite(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let (id, typed) = (try organization(form), form["email"] ?? "")
        guard let role = form["role"].flatMap(Role.init(rawValue:)) else {
            throw Refusal.invalidRequest("No role was chosen.")
        }
        guard let email = EmailAddress(typed) else {
            let message = "This is no mail address, such as ada@example.com."
            return try await show(call, viewer, of: id, fault: Fault(field: "invite", typed: typed, message: message))
        }
        try limits.spendMail(to: email.canonical, at: call.now)
        let outcome = try await invitations.invite(
            email, as: role, to: id, by: viewer.login, at: call.now, from: call.origin)
        mailIsWaiting()
        return try await finish(outcome, call, viewer, id) { _ in done(sendsMail ? "invited" : "invitation-waits", id) }
    }

    /// One that was settled meanwhile waits no longer either way.
    private func revoke(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let id = try organization(form)
        guard let invitation = form["invitation"].flatMap(Invitation.ID.init) else { throw Refusal.notFound }
        let outcome = try await invitations.revoke(
            invitation, in: id, by: viewer.login, at: call.now, from: call.origin)
        return try await finish(outcome, call, viewer, id) { _ in done("withdrawn", id) }
    }

    private func accept(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        guard let invitation = form["invitation"].flatMap(Invitation.ID.init) else { throw Refusal.notFound }
        let outcome = try await acceptance.accept(
            .id(invitation), by: viewer.login, at: call.now, from: call.origin)
        switch outcome {
        case .success(let membership): return done("joined", membership.organization.id)
        case .failure(let refusal): return try await show(call, viewer, refusal: Refusal(refusal))
        }
    }
}
