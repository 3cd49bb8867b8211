import Database
import JOSE
import TestAuthenticators
import Testing
import WebAuthn

@testable import Identity

typealias Saying = SoftwareAuthenticator.Saying

extension World {
    /// What a page is given to make a passkey, where a second factor was just shown.
    func creationOptions(for visitor: Visitor, at now: Instant = .start) async throws -> JSONObject {
        try await creationOptions(by: visitor.login, at: now)
    }

    func creationOptions(by login: Login, at now: Instant = .start) async throws -> JSONObject {
        let options = try await provider.passkeyRegistration.begin(
            by: login, stepUp: StepUp(.passkey, at: now), at: now
        ).get()
        var json = JSONWriter()
        options.write(to: &json)
        return try #require(try JSONValue.parse(json.bytes).object)
    }

    /// Sends what the authenticator has made.
    func register(
        _ response: JSONValue, name: String? = nil, for visitor: Visitor, by login: Login? = nil,
        at now: Instant = .start
    ) async throws -> Result<Passkey, PasskeyRegistrationRefusal> {
        try await provider.passkeyRegistration.finish(
            try RegistrationResponse(response), name: name, by: login ?? visitor.login,
            stepUp: StepUp(.passkey, at: now), at: now, from: .desk)
    }

    /// Both steps, as they should go.
    @discardableResult
    func passkey(
        on authenticator: inout SoftwareAuthenticator, for visitor: Visitor, name: String? = nil,
        _ saying: Saying = Saying(), at now: Instant = .start
    ) async throws -> Passkey {
        let response = authenticator.register(try await creationOptions(for: visitor, at: now), saying)
        return try await register(response, name: name, for: visitor, at: now).get()
    }

    /// What a page is given to ask for a passkey.
    func requestOptions(by holder: PasskeyChallenge.Holder, at now: Instant = .start) async throws -> JSONObject {
        let options = try await provider.passkeySignIn.begin(by: holder, at: now).get()
        var json = JSONWriter()
        options.write(to: &json)
        return try #require(try JSONValue.parse(json.bytes).object)
    }

    /// A browser signs in by a passkey, with a challenge of its own.
    func signIn(
        by authenticator: SoftwareAuthenticator, _ saying: Saying = Saying(), browser: OneTimeSecret? = nil,
        at now: Instant = .start
    ) async throws -> Result<PasskeySignIn.SignedIn, PasskeySignInRefusal> {
        let browser = browser ?? OneTimeSecret(random: .system)
        let options = try await requestOptions(by: .browser(digest: browser.digest), at: now)
        let response = try AuthenticationResponse(try authenticator.authenticate(options, saying))
        return try await provider.passkeySignIn.signIn(response, browser: browser, at: now, from: .desk)
    }

    /// The state of all passkeys that a refused sign-in must not change.
    func counters() async throws -> [String] {
        try await database.read { transaction in
            try transaction.rows("SELECT sign_count, last_used_at FROM passkeys ORDER BY id").map {
                "\(try $0.integer(0)) \(try $0.optionalInteger(1) ?? 0)"
            }
        }
    }
}

// Only the tests write JSON values as literals.
extension JSONValue: ExpressibleByStringLiteral {
    /// A string.
    init(stringLiteral text: String) { self = .string(text) }
}

extension Visitor {
    /// The session, as who asks for a challenge.
    var holder: PasskeyChallenge.Holder { .login(login) }
}
