import Identity
import JOSE

/// What someone loses, or has lost, by `latchkey users reset-factors`.
struct FactorResetReport {
    private let losses: FactorReset.Losses

    init(_ losses: FactorReset.Losses) {
        self.losses = losses
    }

    /// What is said before it is done.
    ///
    /// - Parameter mailLeaves: whether by these settings a mail can let the person in again.
    func question(mailLeaves: Bool) -> String {
        let warning = "Until they set up new ones, reading their mail is enough to be them."
        let way = "Mail is the only way in that they have left, and by these settings none is sent: see smtp_url."
        return "\(losses.user.name) <\(losses.user.email)> loses \(factors), and is signed out everywhere: \(logins). "
            + (mailLeaves ? warning : "\(warning) \(way)")
    }

    func print(asJSON: Bool) {
        if asJSON { return Terminal.standard.json(json) }
        let name = losses.user.email.text
        Terminal.standard.line("\(name) has lost \(factors), and is signed out everywhere: \(logins).".printable)
        Terminal.standard.line("A mail tells it, and so does the audit. Signed in by mail they can set up new ones.")
    }

    private var json: JSONObject {
        [
            "id": .string(losses.user.id.description), "email": .string(losses.user.email.text),
            "passkeys": .integer(Int64(losses.passkeys.count)), "authenticator_app": .bool(losses.hasApp),
            "recovery_codes": .integer(losses.recoveryCodes), "logins": .integer(Int64(losses.grants)),
            "browsers": .integer(Int64(losses.sessions)),
        ]
    }

    private var factors: String {
        var parts: [String] = []
        if !losses.passkeys.isEmpty { parts.append(losses.passkeys.count.of("passkey")) }
        if losses.hasApp { parts.append("the authenticator app") }
        if losses.recoveryCodes > 0 { parts.append(losses.recoveryCodes.of("recovery code")) }
        guard parts.count > 1, let last = parts.popLast() else { return parts.first ?? "nothing" }
        return parts.joined(separator: ", ") + " and " + last
    }

    private var logins: String { losses.grants.of("login") + " and " + losses.sessions.of("browser") }
}
