import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// `/account`: one's name, and everything that is signed in.
struct AccountPages: Feature {
    let browsers: Browsers
    let pages: PageRenderer
    let users: Users
    let sessions: Sessions
    let grants: Grants
    let apps: AuthenticatorApps

    var routes: [Route] {
        [
            browsers.signedInPage("/account") { call, viewer in
                try await show(call, viewer)
            },
            browsers.signedInForm("/account/profile", rename),
            browsers.signedInForm("/account/sessions/revoke", endSession),
            browsers.signedInForm("/account/grants/revoke", endGrant),
            browsers.signedInForm("/account/sign-out-everywhere", endEverything),
        ]
    }

    private func show(
        _ call: Call, _ viewer: Browsers.Viewer, nameError: String? = nil, typed: String? = nil
    ) async throws -> Response {
        let sessions = try await sessions.all(of: viewer.user.id, at: call.now)
        let grants = try await grants.all(of: viewer.user.id, at: call.now)
        var context: [String: Any] = [
            "profile": [
                "name": typed ?? viewer.user.name, "email": viewer.user.email.text,
                "createdAt": viewer.user.createdAt.moment,
            ] as [String: Any],
            "sessions": sessions.map { row(of: $0, isCurrent: $0.id == viewer.session.id) },
            "grants": grants.map(row(of:)),
        ]
        if let nameError { context["nameError"] = nameError }
        let app = try await apps.status(of: viewer.user.id)
        if let confirmedAt = app.confirmedAt {
            context["app"] =
                [
                    "confirmedAt": confirmedAt.moment, "remaining": app.remainingCodes, "few": app.remainingCodes < 3,
                ] as [String: Any]
        }
        if let notice = call.query("done").flatMap({ Self.notices[$0] }) { context["notice"] = notice }
        return pages.page("account", context, for: viewer.browser, status: nameError == nil ? .ok : .badRequest)
    }

    private static let notices = [
        "saved": "Saved.", "signed-out": "Signed out.", "app-ready": "Your authenticator app is set up.",
        "app-removed": "The authenticator app was removed.",
    ]

    private func row(of session: Session, isCurrent: Bool) -> [String: Any] {
        [
            "id": session.id.description, "browser": AgentName.readable(session.agent), "address": session.address,
            "createdAt": session.createdAt.moment, "lastUsedAt": session.lastSeenAt.moment, "current": isCurrent,
        ]
    }

    private func row(of listed: Grants.Listed) -> [String: Any] {
        let scopes = listed.grant.scopes.names
        var row: [String: Any] = [
            "id": listed.grant.id.description, "client": listed.clientName,
            "device": AgentName.readable(listed.grant.device), "organization": listed.organization.name,
            "scopes": scopes, "createdAt": listed.grant.createdAt.moment,
            "lastUsedAt": listed.grant.lastUsedAt.moment, "address": listed.grant.lastUsedAddress,
        ]
        if scopes.count > 8 { row["manyScopes"] = scopes.count }
        return row
    }

    private func rename(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let typed = form["name"] ?? ""
        guard let name = User.name(from: typed) else {
            return try await show(
                call, viewer, nameError: "A name has 1 to 100 characters, without control characters.", typed: typed)
        }
        _ = try await users.rename(viewer.user.id, to: name, at: call.now, from: call.origin)
        return .seeOther("/account?done=saved")
    }

    /// A session that is already over, or never was this user's, is over either way.
    private func endSession(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        guard let id = form["id"].flatMap(Session.ID.init) else { throw Refusal.notFound }
        _ = try await sessions.end(id, of: viewer.user.id, at: call.now, from: call.origin)
        return id == viewer.session.id ? browsers.signOut(.seeOther("/")) : .seeOther("/account?done=signed-out")
    }

    private func endGrant(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        guard let id = form["id"].flatMap(Grant.ID.init) else { throw Refusal.notFound }
        _ = try await grants.revoke(id, of: viewer.user.id, at: call.now, from: call.origin)
        return .seeOther("/account?done=signed-out")
    }

    private func endEverything(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        try await grants.revokeEverything(of: viewer.user.id, at: call.now, from: call.origin)
        return browsers.signOut(.seeOther("/"))
    }
}
