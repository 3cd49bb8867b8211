import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// What lets no one through without a second factor of the last five minutes, shown on this very login or in this very
/// browser. Any endpoint or page can ask it.
struct StepUpGate: Sendable {
    let pages: PageRenderer
    let stepUps: StepUps
    let passkeys: PasskeyStepUp
    let issuer: String

    /// For an endpoint with a bearer. Throws `step_up_required`.
    func require(of active: Grants.Active, at now: Instant) async throws {
        guard !active.isProven(at: now) else { return }
        // Recovery codes are for emergencies: the challenge names them, not every refusal.
        let methods = try await stepUps.methods(of: active.user.id).filter { $0 != .recoveryCode }
        throw Refusal.stepUpRequired(StepUpDemand(methods: methods, url: url(of: active.grant.id)))
    }

    /// The same, where it is asked of those alone who have a second factor: for what gives someone their first.
    func requireOfWhoCan(_ active: Grants.Active, at now: Instant) async throws {
        if try await canStepUp(active.user.id) { try await require(of: active, at: now) }
    }

    func canStepUp(_ user: User.ID) async throws -> Bool { try await !stepUps.methods(of: user).isEmpty }

    /// Where a person shows a second factor for a login of another program.
    func url(of grant: Grant.ID) -> String { "\(issuer)/step-up?grant=\(grant)" }

    /// For a page: nil when it may be shown, else the way to the page that asks and leads back.
    func detour(_ call: Call, _ viewer: Browsers.Viewer) -> Response? {
        viewer.session.stepUp.isProven(at: call.now)
            ? nil : .seeOther(SafePath.stepUp(returningTo: call.request.uri.string))
    }

    /// What becomes of a form.
    enum Admission {
        case admitted(StepUp)
        /// The page that asks. It holds the whole form, and sends it again with the code.
        case asked(Response)
    }

    /// The fields of the code and of the passkey's answer. No form of a page may have one of these names.
    static let field = "step_up_code"
    static let credentialField = "step_up_credential"

    /// For a form: goes on at once, or with the code that came with it, or asks for one.
    ///
    /// - Parameter purpose: as it follows `to`.
    func admit(
        _ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody, to purpose: String
    ) async throws -> Admission {
        if let stepUp = viewer.session.stepUp, stepUp.isProven(at: call.now) { return .admitted(stepUp) }
        var question = StepUpQuestion(action: call.request.uri.path, purpose: purpose)
        question.returnTo = SafePath.page(of: question.action, form)
        question.fields = form.fields.filter { ![Self.field, Self.credentialField, "csrf"].contains($0.name) }
        guard form[Self.field] != nil || form[Self.credentialField] != nil else {
            return .asked(try await ask(question, viewer))
        }
        return try await prove(form, on: viewer.login, question, call, viewer)
    }

    /// Takes what a form of the page that asks has brought: a code, or the answer of a passkey.
    ///
    /// - Parameter question: asked again when it was refused.
    func prove(
        _ form: FormBody, on place: Login, _ question: StepUpQuestion, _ call: Call, _ viewer: Browsers.Viewer
    ) async throws -> Admission {
        if let credential = form[Self.credentialField] {
            let response = try FormBody.authenticationResponse(credential)
            // Whatever it is for, it was this browser that asked.
            let proof = try await passkeys.prove(
                response, by: viewer.user.id, holding: .login(viewer.login), on: place, in: viewer.login, at: call.now,
                from: call.origin)
            switch proof {
            case .success(let stepUp): return .admitted(stepUp)
            case .failure(let refusal): return .asked(try await ask(question, viewer, after: Refusal(refusal)))
            }
        }
        let proof = try await stepUps.prove(
            .init(typed: form[Self.field] ?? ""), by: viewer.user.id, on: place, in: viewer.login,
            at: call.now, from: call.origin)
        switch proof {
        case .success(let stepUp): return .admitted(stepUp)
        case .failure(let refusal): return .asked(try await ask(question, viewer, after: refusal, at: call.now))
        }
    }

    /// The page that asks for a code.
    func ask(_ question: StepUpQuestion, _ viewer: Browsers.Viewer) async throws -> Response {
        try await page(question, viewer, status: question.purpose == nil ? .ok : .forbidden)
    }

    /// The same, with what was wrong the last time.
    func ask(
        _ question: StepUpQuestion, _ viewer: Browsers.Viewer, after refusal: StepUpRefusal, at now: Instant
    ) async throws -> Response {
        let refusal = (kind: refusal, told: Refusal(refusal, at: now, url: issuer + "/step-up"))
        var question = question
        if case .locked = refusal.kind {
            question.pause = refusal.told.message
        } else {
            question.fault = refusal.told.message
        }
        var response = try await page(question, viewer, status: refusal.told.status)
        response.headers[.retryAfter] = refusal.told.headers[.retryAfter]
        return response
    }

    /// The same, after a passkey was refused.
    private func ask(
        _ question: StepUpQuestion, _ viewer: Browsers.Viewer, after refusal: Refusal
    ) async throws -> Response {
        var question = question
        question.passkeyFault = refusal.message
        return try await page(question, viewer, status: refusal.status)
    }

    private func page(
        _ question: StepUpQuestion, _ viewer: Browsers.Viewer, status: HTTPResponse.Status
    ) async throws -> Response {
        let methods = try await stepUps.methods(of: viewer.user.id)
        var context = question.context(methods)
        if methods.contains(.passkey), let origin = passkeys.origin { context["passkey"] = ["origin": origin] }
        return pages.page("step-up", context, for: viewer.browser, status: status)
    }
}

/// What the page that asks for a second factor says and sends.
struct StepUpQuestion {
    /// Where the form goes: what was asked for in the first place.
    let action: String
    /// As it follows `to`; nil on the page of its own.
    let purpose: String?
    var fields: [(name: String, value: String)] = []
    /// Where who has no second factor yet comes back to with their first.
    var returnTo = "/"
    /// The login of another program that it is for.
    var login: [String: Any]?
    var fault: String?
    /// What was wrong with a passkey.
    var passkeyFault: String?
    /// No code is heard for a while.
    var pause: String?

    init(action: String, purpose: String? = nil) {
        self.action = action
        self.purpose = purpose
    }

    func context(_ methods: [StepUp.Method]) -> [String: Any] {
        var context: [String: Any] = [
            "action": action, "fields": fields.map { ["name": $0.name, "value": $0.value] },
            "codeField": StepUpGate.field, "credentialField": StepUpGate.credentialField,
        ]
        if let purpose { context["purpose"] = purpose }
        if let login { context["login"] = login }
        if let fault { context["codeError"] = fault }
        if let passkeyFault { context["error"] = passkeyFault }
        if let pause { context["locked"] = pause }
        if methods.isEmpty {
            var none = [
                "app": SafePath.secondFactor(returningTo: returnTo), "passkey": SafePath.newPasskey(before: returnTo),
            ]
            if let held = HeldForm(action: action, fields: fields) {
                (none["held"], none["returnTo"]) = (held.text, returnTo)
            }
            context["none"] = none
        }
        if methods.contains(.totp) { context["app"] = true }
        if methods.contains(.recoveryCode) { context["recoveryCode"] = true }
        if methods.contains(where: { $0 != .passkey }) { context["code"] = true }
        return context
    }
}
