import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// The browser behind a page request: its cookie, and who is signed in by it.
struct Browser: Sendable {
    /// A signed-in browser's session secret; otherwise a random value that ties its forms and its sign-in to it.
    let cookie: OneTimeSecret
    /// Whether the cookie must still be given to the browser.
    let isNew: Bool
    let viewer: Sessions.Authenticated?
    /// What every form of a page carries; good for this cookie alone.
    let formToken: String
}

/// Recognizes browsers and guards their forms.
struct Browsers: Sendable {
    let sessions: Sessions
    let formTokens: PurposeKey
    let random: RandomSource
    /// Over https the cookie is bound to the host by its name (RFC 6265bis §4.1.3.2). On http://localhost browsers do
    /// not accept that name, so a plain one is used.
    let isSecure: Bool

    private var cookieName: String { isSecure ? "__Host-latchkey" : "latchkey" }

    /// A page that anyone may see.
    func page(
        _ path: String, rate: RateClass = .page,
        _ respond: @escaping @Sendable (Call, Browser) async throws -> Response
    ) -> Route {
        Route(method: .get, path: path, dialect: .page, access: .browser, rate: rate) { call in
            let browser = try await browser(of: call)
            return settingCookie(of: browser, try await respond(call, browser))
        }
    }

    /// A form of such a page, or, in the dialect of the API, what its script asks.
    func form(
        _ path: String, dialect: Route.Dialect = .page, rate: RateClass = .page,
        _ respond: @escaping @Sendable (Call, Browser, FormBody) async throws -> Response
    ) -> Route {
        Route(method: .post, path: path, dialect: dialect, access: .browser, rate: rate) { call in
            let (browser, form) = try await checkedForm(of: call)
            return try await respond(call, browser, form)
        }
    }

    /// A page for who is signed in. Others are asked to sign in, and come back to it.
    func signedInPage(
        _ path: String, _ respond: @escaping @Sendable (Call, Viewer) async throws -> Response
    ) -> Route {
        Route(method: .get, path: path, dialect: .page, access: .session, rate: .page) { call in
            let browser = try await browser(of: call)
            guard let viewer = Viewer(browser) else {
                return settingCookie(of: browser, .seeOther(SafePath.login(returningTo: call.request.uri.string)))
            }
            return try await respond(call, viewer)
        }
    }

    /// A form of such a page.
    func signedInForm(
        _ path: String, dialect: Route.Dialect = .page, rate: RateClass = .page,
        _ respond: @escaping @Sendable (Call, Viewer, FormBody) async throws -> Response
    ) -> Route {
        Route(method: .post, path: path, dialect: dialect, access: .session, rate: rate) { call in
            let (browser, form) = try await checkedForm(of: call)
            let signInPage = SafePath.login(returningTo: nil)
            guard let viewer = Viewer(browser) else { return .seeOther(signInPage) }
            do {
                return try await respond(call, viewer, form)
            } catch is LoginEnded {
                return .seeOther(signInPage)
            }
        }
    }

    /// A browser that is signed in.
    struct Viewer: Sendable {
        let browser: Browser
        let authenticated: Sessions.Authenticated

        var user: User { authenticated.user }
        var session: Session { authenticated.session }
        var login: Login { authenticated.login }

        init?(_ browser: Browser) {
            guard let authenticated = browser.viewer else { return nil }
            self.browser = browser
            self.authenticated = authenticated
        }
    }

    /// Gives the browser the cookie of its new session.
    func signIn(_ secret: OneTimeSecret, _ response: Response) -> Response {
        var response = response
        response.headers[.setCookie] = setCookie(secret.text, maxAge: Session.lifetime.components.seconds)
        return response
    }

    /// Takes the cookie away.
    func signOut(_ response: Response) -> Response {
        var response = response
        response.headers[.setCookie] = setCookie("", maxAge: 0)
        return response
    }

    private func settingCookie(of browser: Browser, _ response: Response) -> Response {
        browser.isNew ? signIn(browser.cookie, response) : response
    }

    private func setCookie(_ value: String, maxAge: Int64) -> String {
        "\(cookieName)=\(value); Path=/; Max-Age=\(maxAge); HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
    }

    private func browser(of call: Call) async throws -> Browser {
        guard let cookie = cookie(of: call.request) else {
            return make(OneTimeSecret(random: random), isNew: true, viewer: nil)
        }
        return make(cookie, isNew: false, viewer: try await sessions.authenticate(cookie, at: call.now))
    }

    private func make(_ cookie: OneTimeSecret, isNew: Bool, viewer: Sessions.Authenticated?) -> Browser {
        let formToken = Base64URL.encode(formTokens.code(for: Array(cookie.text.utf8)))
        return Browser(cookie: cookie, isNew: isNew, viewer: viewer, formToken: formToken)
    }

    private func cookie(of request: Request) -> OneTimeSecret? {
        for header in request.headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                let halves = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                if halves.count == 2, halves[0] == cookieName { return OneTimeSecret(String(halves[1])) }
            }
        }
        return nil
    }

    /// The form token of this very browser is needed. A request that says it comes from another site is refused even
    /// with it.
    private func checkedForm(of call: Call) async throws -> (Browser, FormBody) {
        let form = try FormBody(call)
        let browser = try await browser(of: call)
        guard call.request.headers[.secFetchSite] != "cross-site", !browser.isNew,
            let code = form["csrf"].flatMap({ Base64URL.decode($0) }),
            formTokens.isValid(code, for: Array(browser.cookie.text.utf8))
        else { throw Refusal.formExpired }
        return (browser, form)
    }
}

extension Refusal {
    static let formExpired = Refusal(
        .forbidden, "form_expired",
        "This form does not belong to this browser any more: you signed in or out since, or cookies are blocked.")
}
