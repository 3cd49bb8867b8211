import Database
import JOSE
import Synchronization
import Testing

@testable import Identity

/// The notices of changed second factors that were written, in order.
final class FactorNoticeLetters: Sendable {
    private let letters = Mutex<[FactorNotice]>([])

    func append(_ letter: FactorNotice) {
        letters.withLock { $0.append(letter) }
    }

    var all: [FactorNotice] { letters.withLock { $0 } }
}

/// A person at a browser, with an authenticator app.
struct Enrolled: Sendable {
    let visitor: Visitor
    let app: TOTP
    let recoveryCodes: [String]

    var user: User.ID { visitor.user.id }
    var login: Login { visitor.login }

    /// What the app shows so many steps after a moment.
    func code(at now: Instant, later steps: Int64 = 0) -> String { app.code(of: TOTP.step(at: now) + steps) }

    /// Six digits that no step near a moment has.
    func wrongCode(at now: Instant) -> String {
        let near = Set((-3...3).map { code(at: now, later: $0) })
        return (0...9).map { "00000\($0)" }.first { !near.contains($0) } ?? "000010"
    }
}

extension World {
    /// Signs someone in and sets up an app, half a minute before a moment: its code of that moment is not used yet.
    func enrolled(_ email: String = "ada@example.com", at now: Instant = .start) async throws -> Enrolled {
        let before = now - .seconds(30)
        let visitor = try await visitor(email, at: before)
        let apps = provider.authenticatorApps
        _ = try await apps.enrol(by: visitor.login, stepUp: nil, at: before, from: .desk).get()
        let app = try #require(try await secret(of: visitor.user.id, .pending)).totp
        let codes = try await apps.confirm(
            app.code(of: TOTP.step(at: before)), by: visitor.login, at: before, from: .desk
        ).get()
        return Enrolled(visitor: visitor, app: app, recoveryCodes: codes)
    }

    /// The operator's command, which tells people as the provider does.
    var factorReset: FactorReset {
        FactorReset(database: database, keys: provider.keys, issuer: Self.issuer) { [notices] notice in
            notices.append(notice)
            return MailMessage(recipient: notice.recipient, subject: "Removed", text: "Removed\n", html: "Removed")
        }
    }

    /// The secret as it is stored.
    func secret(of user: User.ID, _ state: TOTPSecret.State) async throws -> TOTPSecret? {
        try await database.read { try TOTPSecret.find(of: user, state, provider.keys.totpSecrets, in: $0) }
    }

    /// Shows a code of the app.
    func prove(
        _ code: String, _ ada: Enrolled, on login: Login? = nil, at now: Instant = .start
    ) async throws -> Result<StepUp, StepUpRefusal> {
        try await provider.stepUps.prove(
            .init(typed: code), by: ada.user, on: login ?? ada.login, at: now, from: .desk)
    }

    /// What a session has been shown.
    func stepUp(of visitor: Visitor, at now: Instant = .start) async throws -> StepUp? {
        try await provider.sessions.authenticate(visitor.secret, at: now)?.session.stepUp
    }
}
