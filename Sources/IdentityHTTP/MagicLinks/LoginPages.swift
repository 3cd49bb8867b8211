import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// Signing in with a mail address: ask, wait in this tab, go on.
struct LoginPages: Feature {
    let browsers: Browsers
    let pages: PageRenderer
    let magicLinks: MagicLinks
    let signIn: MagicLinkSignIn
    let sessions: Sessions
    /// Where passkeys of this server work; nil: nowhere.
    let passkeyOrigin: String?
    let limits: RateLimits
    let mailIsWaiting: @Sendable () -> Void

    var routes: [Route] {
        [
            browsers.page("/login", showForm),
            browsers.form("/login", rate: .mail, send),
            browsers.page("/login/sent", showSent),
            browsers.form("/login/code", rate: .code, enterCode),
            browsers.page("/login/status", status),
            browsers.page("/login/continue", goOn),
            browsers.signedInForm("/logout", signOut),
        ]
    }

    private func showForm(_ call: Call, _ browser: Browser) async throws -> Response {
        let returnTo = SafePath.check(call.query("return_to"))
        if browser.viewer != nil { return .seeOther(returnTo) }
        return form(returnTo: returnTo, browser)
    }

    /// The sign-in page, with what was wrong before.
    func form(
        returnTo: String, email: String? = nil, emailError: String? = nil, passkeyRefusal: Refusal? = nil,
        _ browser: Browser
    ) -> Response {
        var context: [String: Any] = [:]
        if returnTo != "/" { context["returnTo"] = returnTo }
        if returnTo.hasPrefix("/device") { context["purpose"] = "to approve a device" }
        if let email { context["email"] = email }
        if let emailError { context["emailError"] = emailError }
        if let passkeyRefusal { context["error"] = passkeyRefusal.message }
        if let passkeyOrigin { context["origin"] = passkeyOrigin }
        let status = passkeyRefusal?.status ?? (emailError == nil ? .ok : .badRequest)
        return pages.page("login", context, for: browser, status: status)
    }

    private func send(_ call: Call, _ browser: Browser, _ form: FormBody) async throws -> Response {
        let returnTo = SafePath.check(form["return_to"])
        let typed = form["email"] ?? ""
        guard let email = EmailAddress(typed) else {
            let error = typed.isEmpty ? "Enter your mail address." : "This is no mail address, such as ada@example.com."
            return self.form(returnTo: returnTo, email: typed, emailError: error, browser)
        }
        try limits.spendMail(to: email.canonical, at: call.now)
        _ = try await magicLinks.request(
            email, by: .browser(browser.cookie, returnTo: returnTo), at: call.now, from: call.origin)
        mailIsWaiting()
        return .seeOther("/login/sent")
    }

    private func showSent(_ call: Call, _ browser: Browser) async throws -> Response {
        guard let pending = try await signIn.pending(of: browser.cookie, at: call.now) else {
            return .seeOther(SafePath.login(returningTo: nil))
        }
        return sent(pending, browser)
    }

    private func sent(
        _ pending: MagicLinkSignIn.Pending, _ browser: Browser, codeError: String? = nil
    ) -> Response {
        var context: [String: Any] = [
            "email": pending.email.text, "matchCode": pending.matchCode,
            "continueURL": SafePath.loginContinue(to: pending.returnTo),
            "otherURL": SafePath.login(returningTo: pending.returnTo),
        ]
        if pending.returnTo != "/" { context["returnTo"] = pending.returnTo }
        if let codeError { context["codeError"] = codeError }
        if pending.progress == .locked { context["locked"] = true }
        return pages.page("login-sent", context, for: browser, status: codeError == nil ? .ok : .badRequest)
    }

    private func enterCode(_ call: Call, _ browser: Browser, _ form: FormBody) async throws -> Response {
        let digits = (form["code"] ?? "").filter { $0 != " " }
        let outcome = try await signIn.enter(
            digits: digits, browser: browser.cookie, at: call.now, from: call.origin)
        switch outcome {
        case .success(let signedIn):
            return browsers.signIn(signedIn.secret, .seeOther(SafePath.check(signedIn.returnTo)))
        case .failure(let refusal):
            guard let pending = try await signIn.pending(of: browser.cookie, at: call.now) else {
                return .seeOther(SafePath.login(returningTo: nil))
            }
            return sent(pending, browser, codeError: refusal.codeExplanation)
        }
    }

    /// Asked by the waiting tab.
    private func status(_ call: Call, _ browser: Browser) async throws -> Response {
        var state = "signed_in"
        if browser.viewer == nil {
            switch try await signIn.pending(of: browser.cookie, at: call.now)?.progress {
            case .approved: break
            case .waiting: state = "waiting"
            case .locked, .over, nil: state = "expired"
            }
        }
        var json = JSONWriter()
        json.beginObject()
        json.member("state", state)
        json.endObject()
        return .json(json.bytes)
    }

    /// Takes the waiting tab on, once its link was opened in this browser or approved in another.
    private func goOn(_ call: Call, _ browser: Browser) async throws -> Response {
        let returnTo = SafePath.check(call.query("return_to"))
        if browser.viewer != nil { return .seeOther(returnTo) }
        switch try await signIn.claim(browser: browser.cookie, at: call.now, from: call.origin) {
        case .success(let signedIn): return browsers.signIn(signedIn.secret, .seeOther(returnTo))
        case .failure: return .seeOther("/login/sent")
        }
    }

    private func signOut(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        _ = try await sessions.end(viewer.session.id, of: viewer.user.id, at: call.now, from: call.origin)
        return browsers.signOut(.seeOther("/"))
    }
}

extension MagicLinkRefusal {
    /// For the person who typed the six digits.
    fileprivate var codeExplanation: String {
        switch self {
        case .wrongCode: "That is not the code. Look at the newest mail."
        case .locked: "Too many wrong codes."
        case .codesExhausted: "Too many wrong codes for this address. Open the link of the mail instead."
        case .superseded: "A newer mail was sent. Use its code in the tab that asked for it."
        case .expired: "This code has expired. Send the mail again."
        case .used: "This code has been used. Send the mail again."
        case .unknown, .otherBrowser, .signInNotAllowed, .clientUnproven, .grantTypeNotAllowed, .standing:
            "This code does not sign anyone in. Send the mail again."
        }
    }
}
