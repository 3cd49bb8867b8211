import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// What the link that a fresh server prints opens. As with a mailed link, the token is in the fragment, and opening
/// spends nothing: only the form does.
struct SetupPages: Feature {
    let browsers: Browsers
    let pages: PageRenderer
    let setup: Setup
    let issuer: String
    /// Whether a second sign-in will be possible.
    let sendsMail: Bool

    var routes: [Route] {
        [
            browsers.page("/setup", begin),
            browsers.form("/setup/open", rate: .code, open),
            browsers.form("/setup", rate: .code, claim),
        ]
    }

    private func begin(_ call: Call, _ browser: Browser) async throws -> Response {
        if try await setup.isOver() { return refused(.over, browser) }
        return pages.page("setup", for: browser)
    }

    /// Shows the form when the link is good.
    private func open(_ call: Call, _ browser: Browser, _ form: FormBody) async throws -> Response {
        // Typed by hand where there is no script: the whole link will do.
        let typed = form["token"] ?? ""
        let token = typed.split(separator: "=").last.map(String.init)?.filter { $0 != " " } ?? ""
        if let refusal = try await setup.refusal(of: token, at: call.now) { return refused(refusal, browser) }
        return pages.page("setup-claim", ["token": token], for: browser)
    }

    private func claim(_ call: Call, _ browser: Browser, _ form: FormBody) async throws -> Response {
        let token = form["token"] ?? ""
        let entry = SetupEntry(form)
        guard let request = entry.request else {
            if let refusal = try await setup.refusal(of: token, at: call.now) { return refused(refusal, browser) }
            return again(entry.context, token: token, browser)
        }
        switch try await setup.claim(token, request, at: call.now, from: call.origin) {
        case .success(let claimed): return done(claimed, request, browser)
        case .failure(.slugTaken):
            let fault = ["slugError": "Another organization has this short name. Choose another."]
            return again(entry.context.merging(fault) { $1 }, token: token, browser)
        case .failure(let refusal): return refused(refusal, browser)
        }
    }

    private func again(_ context: [String: String], token: String, _ browser: Browser) -> Response {
        pages.page(
            "setup-claim", context.merging(["token": token, "faulty": "yes"]) { $1 }, for: browser,
            status: .badRequest)
    }

    private func done(_ claimed: Setup.Claimed, _ request: Setup.Request, _ browser: Browser) -> Response {
        var context: [String: Any] = [
            "name": claimed.user.name, "email": claimed.user.email.text, "organization": request.organization,
            "cliCommand": "latchkey login --issuer \(issuer)",
        ]
        if !sendsMail { context["withoutMail"] = true }
        return browsers.signIn(claimed.session, pages.page("setup-done", context, for: browser))
    }

    private func refused(_ refusal: SetupRefusal, _ browser: Browser) -> Response {
        switch refusal {
        case .over: pages.page("setup", ["over": true], for: browser, status: .gone)
        case .expired: pages.page("setup", ["expired": true], for: browser, status: .badRequest)
        case .unknown, .slugTaken: pages.page("setup", ["unknown": true], for: browser, status: .badRequest)
        }
    }
}
