import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// The person's side of the device flow (RFC 8628 §3.3).
struct DevicePages: Feature {
    let browsers: Browsers
    let pages: PageRenderer
    let decisions: DeviceDecisions
    let gate: StepUpGate

    var routes: [Route] {
        [
            browsers.signedInPage("/device", showForm),
            browsers.signedInForm("/device", rate: .code, open),
            browsers.signedInForm("/device/decision", rate: .code, decide),
        ]
    }

    /// A code that came with the link is only filled in: it counts once the person sends it.
    private func showForm(_ call: Call, _ viewer: Browsers.Viewer) async throws -> Response {
        form(userCode: call.query("user_code"), viewer)
    }

    private func form(userCode: String?, codeError: String? = nil, _ viewer: Browsers.Viewer) -> Response {
        var context: [String: Any] = [:]
        if let userCode, !userCode.isEmpty {
            context["userCode"] = UserCode(userCode)?.description ?? String(userCode.prefix(20))
        }
        if let codeError { context["codeError"] = codeError }
        return pages.page("device", context, for: viewer.browser, status: codeError == nil ? .ok : .badRequest)
    }

    private func open(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let typed = form["user_code"] ?? ""
        let userCode = UserCode(typed)
        let outcome = try await decisions.open(userCode, by: viewer.authenticated, at: call.now, from: call.origin)
        switch outcome {
        case .success(let opened): return confirm(opened, userCode: userCode?.description ?? "", viewer)
        case .failure(let refusal): return refuse(refusal, userCode: typed, viewer)
        }
    }

    private func confirm(
        _ opened: DeviceDecisions.Opened, userCode: String, _ viewer: Browsers.Viewer
    ) -> Response {
        let authorization = opened.authorization
        var context: [String: Any] = [
            "client": opened.client.name, "userCode": userCode,
            "scopes": authorization.scopes.names.map { scope in
                [
                    "scope": scope,
                    "description": opened.catalog.description(of: scope, audience: authorization.audience),
                ]
            },
            "agent": AgentName.readable(authorization.agent), "address": authorization.address,
            "askedAt": authorization.createdAt.moment,
        ]
        context["manyScopes"] = manyScopes(opened)
        context.merge(organizationContext(opened.memberships)) { $1 }
        return pages.page("device-confirm", context, for: viewer.browser)
    }

    /// More than a person reads at once are told in a sentence, and listed on demand.
    private func manyScopes(_ opened: DeviceDecisions.Opened) -> [String: Any]? {
        let scopes = opened.authorization.scopes
        guard scopes.names.count > 8 else { return nil }
        let servers = opened.catalog.servers.filter { server in
            server.scopes.contains { scopes.contains($0.name) }
        }
        return ["count": scopes.names.count, "servers": servers.map(\.name).joined(separator: ", ")]
    }

    private func organizationContext(_ memberships: [Membership]) -> [String: Any] {
        let choices = memberships.enumerated().map { index, membership -> [String: Any] in
            [
                "id": membership.organization.id.description, "name": membership.organization.name,
                "role": membership.role.rawValue, "selected": index == 0,
            ]
        }
        switch choices.count {
        case 0: return ["noOrganization": true, "organizations": [[String: Any]]()]
        case 1: return ["organization": choices[0], "organizations": [[String: Any]]()]
        default: return ["organizations": choices]
        }
    }

    private func decide(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let userCode = UserCode(form["user_code"] ?? "")
        switch form["decision"] {
        case "approve":
            return try await approve(userCode, stepUp: viewer.session.stepUp, call, viewer, form)
        case "deny":
            let outcome = try await decisions.deny(
                userCode, by: viewer.authenticated, at: call.now, from: call.origin)
            switch outcome {
            case .success(let client):
                return pages.page("device-done", ["denied": ["client": client.name]], for: viewer.browser)
            case .failure(let refusal): return refuse(refusal, userCode: form["user_code"], viewer)
            }
        default: throw Refusal.invalidRequest("Choose to approve or to deny.")
        }
    }

    /// Where the client demands a second factor, it is asked for once all else is right, and the approval goes on.
    private func approve(
        _ userCode: UserCode?, stepUp: StepUp?, _ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody
    ) async throws -> Response {
        guard let organization = form["organization"].flatMap(Organization.ID.init) else {
            throw Refusal.invalidRequest("No organization was chosen.")
        }
        let outcome = try await decisions.approve(
            userCode, organization: organization, by: viewer.authenticated, stepUp: stepUp, at: call.now,
            from: call.origin)
        switch outcome {
        case .success(let approved): return done(approved: approved.client, approved.organization, viewer)
        case .failure(.stepUpRequired):
            switch try await gate.admit(call, viewer, form, to: "let this device in") {
            case .asked(let response): return response
            case .admitted(let shown): return try await approve(userCode, stepUp: shown, call, viewer, form)
            }
        case .failure(let refusal): return refuse(refusal, userCode: form["user_code"], viewer)
        }
    }

    private func done(approved client: Client, _ organization: Organization, _ viewer: Browsers.Viewer) -> Response {
        let approved = [
            "client": client.name, "email": viewer.user.email.text, "organization": organization.name,
        ]
        return pages.page("device-done", ["approved": approved], for: viewer.browser)
    }

    private func refuse(
        _ refusal: DeviceDecisionRefusal, userCode: String?, _ viewer: Browsers.Viewer
    ) -> Response {
        switch refusal {
        case .unknown:
            return form(
                userCode: userCode, codeError: "This code is unknown or has expired. Compare it with the device.",
                viewer)
        case .openedElsewhere:
            return form(
                userCode: userCode,
                codeError:
                    "This code was opened in another browser first. If that was not you, start again on the device.",
                viewer)
        case .decided:
            return pages.page("device-done", ["decided": true], for: viewer.browser, status: .badRequest)
        case .lockedOut:
            return pages.page("device", ["locked": true], for: viewer.browser, status: .tooManyRequests)
        case .stepUpRequired:
            return form(userCode: userCode, codeError: "Letting this device in takes a second factor.", viewer)
        case .standing:
            return form(
                userCode: userCode, codeError: "You may not let a device into that organization.", viewer)
        }
    }
}
