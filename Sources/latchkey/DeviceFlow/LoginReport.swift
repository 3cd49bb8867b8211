import JOSE
import LatchkeyVerifier

/// What `latchkey login` says while it goes: text for a person, or with `--json` one event a line.
struct LoginReport: Sendable {
    let terminal: Terminal
    let asJSON: Bool

    func show(_ authorization: DeviceAuthorization, _ issuer: Issuer) {
        guard !asJSON else { return terminal.json(event(authorization, issuer)) }
        if terminal.hasEscapes, let code = QRCode(authorization.completeURI), code.columns + 2 <= terminal.columns {
            terminal.line()
            for line in code.lines { terminal.line("  " + line) }
        }
        terminal.line()
        terminal.line("  Open   \(authorization.completeURI)")
        terminal.line("  Code   \(authorization.userCode)")
        terminal.line()
        terminal.line("Approve only if the page shows this code.")
        if !terminal.hasEscapes { terminal.line("Waiting for your approval…") }
    }

    func waiting(left: Duration) {
        guard !asJSON else { return }
        let seconds = max(left.components.seconds, 0)
        let digits = seconds % 60 < 10 ? "0\(seconds % 60)" : "\(seconds % 60)"
        terminal.progress("Waiting for your approval, \(seconds / 60):\(digits) left (Ctrl-C stops)")
    }

    func notYet(_ reason: DevicePolling.Answer) {
        switch reason {
        case .pending: break
        case .slowDown, .rateLimited:
            if asJSON { terminal.json(["event": .string("slow_down")]) }
        case .unreachable:
            if asJSON {
                terminal.json(["event": .string("unreachable")])
            } else {
                terminal.progress("")
                terminal.complain("The server does not answer; trying again until the code expires.")
            }
        }
    }

    func endOfWaiting() {
        if !asJSON { terminal.progress("") }
    }

    func interrupted() {
        endOfWaiting()
        terminal.complain("Stopped. Nothing was stored; the code expires by itself.")
    }

    func done(_ person: Person?, _ credential: Credential, _ issuer: Issuer) {
        guard !asJSON else { return terminal.json(event(person, credential, issuer)) }
        terminal.line("Logged in\(person.map { " as \($0.email)" } ?? "") at \(issuer).")
        if let person {
            terminal.table(person.description)
        } else {
            terminal.table([("scopes", scopes(of: credential))])
        }
        terminal.line("Next: latchkey whoami, or in a script: curl -H \"Authorization: Bearer $(latchkey token)\" …")
    }

    private func scopes(of credential: Credential) -> String {
        (credential.tokens?.scope.printable ?? "").split(separator: " ").map(String.init).asScopes
    }

    /// The login before could not be ended. In one line, beside the events.
    func stillAlive(_ cause: String, _ issuer: Issuer) {
        let text = "latchkey: The login that this one replaces lives on at the server: \(cause)"
        terminal.complain("\(text) End it at \(issuer)/account".printable)
    }

    private func event(_ authorization: DeviceAuthorization, _ issuer: Issuer) -> JSONObject {
        [
            "event": .string("device_authorization"), "issuer": .string(issuer.description),
            "user_code": .string(authorization.userCode),
            "verification_uri": .string(authorization.verificationURI),
            "verification_uri_complete": .string(authorization.completeURI),
            "expires_in": .integer(authorization.expiresIn.components.seconds),
            "interval": .integer(authorization.interval.components.seconds),
        ]
    }

    private func event(_ person: Person?, _ credential: Credential, _ issuer: Issuer) -> JSONObject {
        var json: JSONObject = ["event": .string("logged_in"), "issuer": .string(issuer.description)]
        for name in ["id", "email", "name", "organization", "scopes", "session"] { json[name] = person?.json[name] }
        json["access_token_expires_at"] = credential.tokens.map { .string($0.expiresAt.iso8601) }
        return json
    }
}
