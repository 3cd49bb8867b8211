import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// Setting up and removing an authenticator app on the account page.
struct AuthenticatorAppPages: Feature {
    let browsers: Browsers
    let pages: PageRenderer
    let gate: StepUpGate
    let apps: AuthenticatorApps
    let drawQRCode: IdentityEndpoints.QRCodeDrawing

    var routes: [Route] {
        [
            browsers.signedInForm("/account/totp", rate: .code, enrol),
            browsers.signedInForm("/account/totp/confirm", rate: .code, confirm),
            browsers.signedInForm("/account/totp/recovery-codes", rate: .code, renewCodes),
            browsers.signedInForm("/account/totp/remove", rate: .code, remove),
        ]
    }

    private func enrol(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let held = try HeldForm(carriedBy: form)
        var stepUp = viewer.session.stepUp
        if try await gate.canStepUp(viewer.user.id) {
            switch try await gate.admit(call, viewer, form, to: "set up an authenticator app") {
            case .asked(let response): return response
            case .admitted(let shown): stepUp = shown
            }
        }
        let enrolment = try await apps.enrol(by: viewer.login, stepUp: stepUp, at: call.now, from: call.origin)
            .mapError { refusal($0, call) }.get()
        return show(enrolment, viewer, returnTo: form.returnTo, held: held)
    }

    private func show(
        _ enrolment: TOTPEnrolment, _ viewer: Browsers.Viewer, returnTo: String?, held: HeldForm?,
        fault: Refusal? = nil
    ) -> Response {
        var context: [String: Any] = [
            "secret": enrolment.secret.inGroups(of: 4), "uri": enrolment.uri,
        ]
        if let code = drawQRCode(enrolment.uri).map(QRDrawing.init) {
            context["qr"] = ["box": code.viewBox, "path": code.path]
        }
        if let returnTo { context["returnTo"] = returnTo }
        if let held { context["held"] = held.text }
        if let fault { context["codeError"] = fault.message }
        return pages.page("totp-setup", context, for: viewer.browser, status: fault?.status ?? .ok)
    }

    private func confirm(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let held = try HeldForm(carriedBy: form)
        var stepUp = viewer.session.stepUp
        // The page that comes after a wrong code shows the secret again.
        if try await gate.canStepUp(viewer.user.id), try await apps.pending(of: viewer.user, at: call.now) != nil {
            switch try await gate.admit(call, viewer, form, to: "set up an authenticator app") {
            case .asked(let response): return response
            case .admitted(let shown): stepUp = shown
            }
        }
        let before = try await apps.status(of: viewer.user.id).remainingCodes
        let outcome = try await apps.confirm(
            form["code"] ?? "", by: viewer.login, stepUp: stepUp, at: call.now, from: call.origin)
        switch outcome {
        case .success(let codes):
            return show(codes, viewer, inPlaceOf: before, next: form.returnTo ?? "/account?done=app-ready", held: held)
        case .failure(let reason):
            guard let enrolment = try await apps.pending(of: viewer.user, at: call.now) else {
                throw refusal(reason, call)
            }
            return show(
                enrolment, viewer, returnTo: form.returnTo, held: held, fault: refusal(reason, call))
        }
    }

    private func renewCodes(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        switch try await gate.admit(call, viewer, form, to: "make new recovery codes") {
        case .asked(let response): return response
        case .admitted(let stepUp):
            let before = try await apps.status(of: viewer.user.id).remainingCodes
            let codes = try await apps.newRecoveryCodes(
                by: viewer.login, stepUp: stepUp, at: call.now, from: call.origin
            ).mapError { refusal($0, call) }.get()
            return show(codes, viewer, inPlaceOf: before, next: "/account#second-factor")
        }
    }

    /// - Parameters:
    ///   - former: how many there were before, which are good no longer.
    ///   - held: what goes on afterwards, instead of a page.
    private func show(
        _ codes: [String], _ viewer: Browsers.Viewer, inPlaceOf former: Int64, next: String, held: HeldForm? = nil
    ) -> Response {
        var context: [String: Any] = ["codes": codes, "next": next]
        context["held"] = held?.context
        if former > 0 { context["replaced"] = true }
        return pages.page("recovery-codes", context, for: viewer.browser)
    }

    private func remove(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        switch try await gate.admit(call, viewer, form, to: "remove your authenticator app") {
        case .asked(let response): return response
        case .admitted(let stepUp):
            // One that is gone already is gone either way.
            _ = try await apps.remove(by: viewer.login, stepUp: stepUp, at: call.now, from: call.origin)
            return .seeOther("/account?done=app-removed")
        }
    }

    private func refusal(_ reason: StepUpRefusal, _ call: Call) -> Refusal {
        Refusal(reason, at: call.now, url: gate.issuer + "/step-up")
    }
}

extension String {
    /// For reading off: `ABCD EFGH`.
    fileprivate func inGroups(of size: Int) -> String {
        let letters = Array(self)
        return stride(from: 0, to: letters.count, by: size).map { start in
            String(letters[start..<min(start + size, letters.count)])
        }.joined(separator: " ")
    }
}
