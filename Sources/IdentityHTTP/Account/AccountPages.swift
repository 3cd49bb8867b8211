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
    let passkeys: Passkeys
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

    /// The page, with what was wrong before.
    func show(
        _ call: Call, _ viewer: Browsers.Viewer, nameError: String? = nil, typed: String? = nil,
        refusal: Refusal? = nil
    ) async throws -> Response {
        let sessions = try await sessions.all(of: viewer.user.id, at: call.now)
        let grants = try await grants.all(of: viewer.user.id, at: call.now)
        let passkeys = try await passkeys.all(of: viewer.user.id)
        var context: [String: Any] = [
            "profile": [
                "name": typed ?? viewer.user.name, "email": viewer.user.email.text,
                "createdAt": viewer.user.createdAt.moment,
            ] as [String: Any],
            "sessions": sessions.map { row(of: $0, isCurrent: $0.id == viewer.session.id) },
            "grants": grants.map(row(of:)),
            "passkeys": passkeys.map(row(of:)),
        ]
        if passkeys.count == 1 { context["onePasskey"] = true }
        let returnTo = SafePath.check(call.query("return_to"))
        if returnTo != "/" { context["returnTo"] = returnTo }
        if let nameError { context["nameError"] = nameError }
        if let refusal { context["error"] = refusal.message }
        let app = try await apps.status(of: viewer.user.id)
        if let confirmedAt = app.confirmedAt { context["app"] = ["confirmedAt": confirmedAt.moment] }
        if app.confirmedAt != nil || !passkeys.isEmpty { context["codes"] = row(ofCodes: app.remainingCodes) }
        if let notice = call.query("done").flatMap({ Self.notices[$0] }) { context["notice"] = notice }
        let status = refusal?.status ?? (nameError == nil ? .ok : .badRequest)
        return pages.page("account", context, for: viewer.browser, status: status)
    }

    private static let notices = [
        "saved": "Saved.", "signed-out": "Signed out.", "passkey-added": "The passkey was added.",
        "passkey-removed": "The passkey was removed. Delete it on your device too.",
        "app-ready": "Your authenticator app is set up.", "app-removed": "The authenticator app was removed.",
    ]

    private func row(of passkey: Passkey) -> [String: Any] {
        var row: [String: Any] = [
            "id": passkey.id.description, "name": passkey.name, "createdAt": passkey.createdAt.moment,
        ]
        if passkey.backedUp { row["copied"] = true }
        if let lastUsedAt = passkey.lastUsedAt { row["lastUsedAt"] = lastUsedAt.moment }
        if let regressedAt = passkey.counterRegressedAt { row["regressedAt"] = regressedAt.moment }
        return row
    }

    private func row(ofCodes remaining: Int64) -> [String: Any] {
        remaining == 0 ? ["none": true] : ["remaining": remaining, "few": remaining < 3]
    }

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
                call, viewer, nameError: NameRule.ofNames, typed: typed)
        }
        _ = try await users.rename(by: viewer.login, to: name, at: call.now, from: call.origin)
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
