import Hummingbird
import Identity
import JOSE
import WebAuthn

/// `/step-up`: shows a second factor for this browser, and goes on with what was asked; or for a login of another
/// program of the same person, such as a terminal, which is named.
struct StepUpPages: Feature {
    let browsers: Browsers
    let pages: PageRenderer
    let gate: StepUpGate
    let grants: Grants

    var routes: [Route] {
        [
            browsers.signedInPage("/step-up", show),
            browsers.signedInForm("/step-up", rate: .code, prove),
            browsers.signedInForm("/step-up/passkey/challenge", dialect: .api, rate: .passkey, challenge),
        ]
    }

    private func show(_ call: Call, _ viewer: Browsers.Viewer) async throws -> Response {
        let returnTo = SafePath.check(call.query("return_to"))
        let login = try await login(call.query("grant"), call, viewer)
        if login == nil, viewer.session.stepUp.isProven(at: call.now) { return .seeOther(returnTo) }
        return try await gate.ask(question(login, returnTo: returnTo), viewer)
    }

    private func prove(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let returnTo = SafePath.check(form["return_to"])
        let login = try await login(form["grant"], call, viewer)
        let place = login.map { StepUps.Place.grant($0.grant.id) } ?? .session(viewer.session.id)
        let question = question(login, returnTo: returnTo)
        switch try await gate.prove(form, on: place, question, call, viewer) {
        case .asked(let response): return response
        case .admitted:
            guard let login else { return .seeOther(returnTo) }
            return pages.page("step-up-done", ["client": login.clientName], for: viewer.browser)
        }
    }

    /// Asked by the script of that page.
    private func challenge(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let options = try await gate.passkeys.begin(
            for: viewer.user.id, by: .session(viewer.session.id), at: call.now)
        guard let options else { throw Refusal.noPasskey }
        return .json(options.json)
    }

    private func question(_ login: Grants.Listed?, returnTo: String) -> StepUpQuestion {
        var question = StepUpQuestion(action: "/step-up")
        if let login {
            question.fields = [(name: "grant", value: login.grant.id.description)]
            question.returnTo = "/step-up?grant=\(login.grant.id)"
            question.login = [
                "client": login.clientName, "device": AgentName.readable(login.grant.device),
                "address": login.grant.lastUsedAddress, "createdAt": login.grant.createdAt.moment,
            ]
        } else if returnTo != "/" {
            question.returnTo = returnTo
            question.fields = [(name: "return_to", value: returnTo)]
        }
        return question
    }

    /// A living login of the same person. Another's is as unknown as one that never was.
    private func login(_ id: String?, _ call: Call, _ viewer: Browsers.Viewer) async throws -> Grants.Listed? {
        guard let id else { return nil }
        let all = try await grants.all(of: viewer.user.id, at: call.now)
        guard let login = all.first(where: { $0.grant.id.description == id }) else { throw Refusal.notFound }
        return login
    }
}
