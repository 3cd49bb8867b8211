import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// What the link in a mail opens. Opening it spends nothing: the token is in the fragment, which no request carries
/// until a person presses the button.
struct MagicLinkPages: Feature {
    let browsers: Browsers
    let pages: PageRenderer
    let magicLinks: MagicLinks
    let signIn: MagicLinkSignIn
    let passkeys: Passkeys
    /// Whether there are passkeys here.
    let offersPasskeys: Bool

    var routes: [Route] {
        [
            browsers.page("/magic-link") { _, browser in
                pages.page("magic-link", for: browser)
            },
            browsers.form("/magic-link/open", rate: .code, open),
            browsers.form("/magic-link", rate: .code, spend),
        ]
    }

    /// Shows what the link is for, and what may be done with it here. Spends nothing.
    private func open(_ call: Call, _ browser: Browser, _ form: FormBody) async throws -> Response {
        try await show(form["token"] ?? "", call, browser)
    }

    private func show(
        _ token: String, _ call: Call, _ browser: Browser, matchError: String? = nil
    ) async throws -> Response {
        switch try await magicLinks.inspect(token, browser: browser.cookie, at: call.now) {
        case .failure(let refusal): return invalid(refusal, browser)
        case .success(let link):
            let context = confirmContext(link, token: token, matchError: matchError)
            return pages.page(
                "magic-link-confirm", context, for: browser, status: matchError == nil ? .ok : .badRequest)
        }
    }

    private func confirmContext(
        _ link: MagicLinks.Inspection, token: String, matchError: String?
    ) -> [String: Any] {
        var who: [String: Any] = ["email": link.email.text]
        if case .sameBrowser = link.place { return ["sameBrowser": who, "token": token] }
        who["agent"] = AgentName.readable(link.agent)
        who["address"] = link.address
        who["askedAt"] = link.askedAt.moment
        if case .application(let name) = link.place {
            who["name"] = name
            return ["application": who]
        }
        if let matchError { who["matchError"] = matchError }
        return ["otherBrowser": who, "token": token]
    }

    /// Spends the link for the browser that asked, or approves it from another by the match code.
    private func spend(_ call: Call, _ browser: Browser, _ form: FormBody) async throws -> Response {
        let token = form["token"] ?? ""
        if let match = form["match"] {
            return try await approve(token, match: match.filter { $0 != " " }, call, browser)
        }
        switch try await signIn.spend(token, browser: browser.cookie, at: call.now, from: call.origin) {
        case .success(let signedIn):
            var here: [String: Any] = [
                "email": signedIn.user.email.text, "continueURL": SafePath.check(signedIn.returnTo),
            ]
            if offersPasskeys, try await passkeys.all(of: signedIn.user.id).isEmpty {
                here["passkeyURL"] = SafePath.newPasskey(before: signedIn.returnTo)
            }
            return browsers.signIn(signedIn.secret, pages.page("magic-link-done", ["here": here], for: browser))
        case .failure(.otherBrowser):
            return try await show(token, call, browser, matchError: "Enter the code that the other screen shows.")
        case .failure(let refusal): return invalid(refusal, browser)
        }
    }

    private func approve(
        _ token: String, match: String, _ call: Call, _ browser: Browser
    ) async throws -> Response {
        switch try await signIn.approve(token, matchCode: match, at: call.now, from: call.origin) {
        case .success(let email):
            return pages.page("magic-link-done", ["there": ["email": email.text]], for: browser)
        case .failure(.wrongCode):
            return try await show(token, call, browser, matchError: "That is not the code the other screen shows.")
        case .failure(let refusal): return invalid(refusal, browser)
        }
    }

    private func invalid(_ refusal: MagicLinkRefusal, _ browser: Browser) -> Response {
        var context: [String: Any] = [:]
        switch refusal {
        case .used: context["used"] = true
        case .superseded: context["superseded"] = true
        case .expired: context["expired"] = true
        case .locked: context["locked"] = true
        case .unknown, .wrongCode, .codesExhausted, .otherBrowser, .signInNotAllowed, .clientUnproven,
            .grantTypeNotAllowed, .standing:
            break
        }
        return pages.page("magic-link-invalid", context, for: browser, status: .badRequest)
    }
}
