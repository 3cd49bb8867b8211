package import Identity

/// The mail that tells of a change of passkeys or second factors.
extension FactorNotice: MailedLetter {
    package static let templates = "mail-second-factor"

    package func subject(at host: String) -> String { "\(change.sentence) at \(host)" }

    package var context: [String: Any] {
        var context: [String: Any] = [
            "email": recipient.text, "link": link, "event": change.sentence,
            "agent": AgentName.readable(origin.agent), "address": origin.address.orOwnMachine,
            "changedAt": changedAt.moment,
        ]
        if let name = change.passkeyName { context["passkey"] = MailWords.plain(name, or: "A passkey") }
        if isRecovery { context["recovery"] = true }
        if change == .allRemoved { context["reset"] = true }
        return context
    }
}

extension FactorNotice.Change {
    /// Without a full stop: it begins the subject too.
    fileprivate var sentence: String {
        switch self {
        case .passkeyAdded: "A passkey was added to your account"
        case .passkeyRemoved: "A passkey was removed from your account"
        case .appSetUp: "An authenticator app was set up for your account"
        case .appReplaced: "The authenticator app of your account was replaced"
        case .appRemoved: "The authenticator app of your account was removed"
        case .recoveryCodesMade: "New recovery codes were made for your account"
        case .allRemoved: "All second factors of your account were removed"
        }
    }

    fileprivate var passkeyName: String? {
        switch self {
        case .passkeyAdded(let name), .passkeyRemoved(let name): name
        case .appSetUp, .appReplaced, .appRemoved, .recoveryCodesMade, .allRemoved: nil
        }
    }
}

extension String {
    /// A command that is run beside the server has no address.
    fileprivate var orOwnMachine: String { isEmpty ? "on the server itself" : self }
}
