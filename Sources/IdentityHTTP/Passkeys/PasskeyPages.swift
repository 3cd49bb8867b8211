import HTTPTypes
import Hummingbird
import Identity
import JOSE
import WebAuthn

/// Adding, renaming and removing one's passkeys.
struct PasskeyPages: Feature {
    let browsers: Browsers
    let pages: PageRenderer
    let registration: PasskeyRegistration
    let passkeys: Passkeys
    let account: AccountPages
    let gate: StepUpGate

    var routes: [Route] {
        [
            browsers.signedInPage("/account/passkeys/new") { call, viewer in
                if try await gate.canStepUp(viewer.user.id), let detour = gate.detour(call, viewer) { return detour }
                return try await offer(call, viewer)
            },
            browsers.signedInForm("/account/passkeys/new", rate: .code, offerHolding),
            browsers.signedInForm("/account/passkeys/challenge", dialect: .api, rate: .passkey, challenge),
            browsers.signedInForm("/account/passkeys", rate: .passkey, add),
            browsers.signedInForm("/account/passkeys/rename", rename),
            browsers.signedInForm("/account/passkeys/remove", remove),
        ]
    }

    /// The same page, on the way of a form that takes a second factor.
    private func offerHolding(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let held = try HeldForm(carriedBy: form)
        if try await gate.canStepUp(viewer.user.id),
            case .asked(let response) = try await gate.admit(call, viewer, form, to: "add a passkey")
        {
            return response
        }
        return try await offer(call, viewer, returnTo: form.returnTo, held: held)
    }

    private func offer(
        _ call: Call, _ viewer: Browsers.Viewer, refusal: Refusal? = nil, typed: String = "", returnTo: String? = nil,
        held: HeldForm? = nil
    ) async throws -> Response {
        let count = try await passkeys.all(of: viewer.user.id).count
        var context: [String: Any] = ["name": typed, "later": returnTo ?? SafePath.check(call.query("return_to"))]
        if count == 1 { context["second"] = true }
        context["held"] = held?.text
        if let relyingParty = registration.relyingParty { context["origin"] = relyingParty.origin }
        if let refusal { context["error"] = refusal.message }
        return pages.page("passkey-new", context, for: viewer.browser, status: refusal?.status ?? .ok)
    }

    /// Asked by the script of that page.
    private func challenge(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let options = try await registration.begin(
            by: viewer.login, stepUp: viewer.session.stepUp, at: call.now)
        return .json(try options.mapError(Refusal.init).get().json)
    }

    private func add(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let (response, typed) = (try form.registrationResponse(), form["name"] ?? "")
        let (name, held) = (Passkeys.name(from: typed), try HeldForm(carriedBy: form))
        guard typed.isEmpty || name != nil else {
            return try await offer(
                call, viewer, refusal: .invalidRequest(NameRule.ofNames), typed: typed, returnTo: form.returnTo,
                held: held)
        }
        let outcome = try await registration.finish(
            response, name: name, by: viewer.login, stepUp: viewer.session.stepUp, at: call.now, from: call.origin)
        switch outcome {
        case .success:
            if let held {
                return pages.page("second-factor-ready", ["held": held.context], for: viewer.browser)
            }
            let returnTo = form.returnTo.flatMap { $0 == "/account" ? nil : $0 }
            return .seeOther(returnTo ?? "/account?done=passkey-added")
        case .failure(let refusal):
            return try await offer(
                call, viewer, refusal: Refusal(refusal), typed: typed, returnTo: form.returnTo, held: held)
        }
    }

    private func rename(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        guard let id = form["id"].flatMap(Passkey.ID.init) else { throw Refusal.notFound }
        guard let name = Passkeys.name(from: form["name"] ?? "") else {
            return try await account.show(call, viewer, refusal: .invalidRequest(NameRule.ofNames))
        }
        let outcome = try await passkeys.rename(id, by: viewer.login, to: name, at: call.now, from: call.origin)
        return try await finish(outcome, "saved", call, viewer)
    }

    private func remove(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        guard let id = form["id"].flatMap(Passkey.ID.init) else { throw Refusal.notFound }
        var stepUp = viewer.session.stepUp
        if try await gate.canStepUp(viewer.user.id) {
            switch try await gate.admit(call, viewer, form, to: "remove a passkey") {
            case .asked(let response): return response
            case .admitted(let shown): stepUp = shown
            }
        }
        let outcome = try await passkeys.remove(
            id, by: viewer.login, stepUp: stepUp, at: call.now, from: call.origin)
        return try await finish(outcome, "passkey-removed", call, viewer)
    }

    private func finish<Outcome>(
        _ outcome: Result<Outcome, PasskeyChangeRefusal>, _ done: String, _ call: Call, _ viewer: Browsers.Viewer
    ) async throws -> Response {
        switch outcome {
        case .success: return .seeOther("/account?done=" + done)
        case .failure(let refusal): return try await account.show(call, viewer, refusal: Refusal(refusal))
        }
    }
}
