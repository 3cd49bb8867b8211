import HTTPTypes
import Hummingbird
import Identity
import JOSE
import WebAuthn

/// Signing a browser in by a passkey, from the sign-in page: by autofill of the mail field, or by a button.
struct PasskeyLoginPages: Feature {
    let browsers: Browsers
    let signIn: PasskeySignIn
    let login: LoginPages

    var routes: [Route] {
        [
            browsers.form("/login/passkey/challenge", dialect: .api, rate: .passkey, challenge),
            browsers.form("/login/passkey", rate: .passkey, enter),
        ]
    }

    /// Asked by the script of the sign-in page, each time it is opened: autofill waits for an answer to it.
    private func challenge(_ call: Call, _ browser: Browser, _ form: FormBody) async throws -> Response {
        let options = try await signIn.begin(by: .browser(digest: browser.cookie.digest), at: call.now)
        return .json(try options.mapError(Refusal.init).get().json)
    }

    private func enter(_ call: Call, _ browser: Browser, _ form: FormBody) async throws -> Response {
        let returnTo = SafePath.check(form["return_to"])
        let response = try form.authenticationResponse()
        let outcome = try await signIn.signIn(response, browser: browser.cookie, at: call.now, from: call.origin)
        switch outcome {
        case .success(let signedIn): return browsers.signIn(signedIn.secret, .seeOther(returnTo))
        case .failure(let refusal): return login.form(returnTo: returnTo, passkeyRefusal: Refusal(refusal), browser)
        }
    }
}
