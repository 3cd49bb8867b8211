import Database
package import JOSE

/// What a mail says to someone whose passkeys or second factors have changed. How it says it is decided where the pages
/// are made.
package struct FactorNotice: Sendable {
    package enum Change: Hashable, Sendable {
        case passkeyAdded(name: String)
        case passkeyRemoved(name: String)
        case appSetUp
        case appReplaced
        case appRemoved
        case recoveryCodesMade
        /// By whoever runs the server, for someone who has lost them; with them went every login.
        case allRemoved
    }

    package let recipient: EmailAddress
    package let change: Change
    /// Whether the way to it was opened by a recovery code.
    package let isRecovery: Bool
    /// Where it was done from.
    package let origin: RequestOrigin
    package let changedAt: Instant
    /// The page where the person sees what they have.
    package let link: String
}

/// Tells people of changes of their second factors by mail: written in the transaction of the change, so that none is
/// made without it.
struct FactorNotices: Sendable {
    let mail: MailQueue
    let issuer: String
    /// Writes the mail.
    let compose: @Sendable (FactorNotice) throws -> MailMessage

    /// - Parameter stepUp: what the change was allowed by.
    func tell(
        _ change: FactorNotice.Change, to user: User.ID, after stepUp: StepUp?, in transaction: Transaction,
        at now: Instant, from origin: RequestOrigin
    ) throws {
        guard let user = try User.find(user, in: transaction) else { return }
        let notice = FactorNotice(
            recipient: user.email, change: change, isRecovery: stepUp.isRecovery, origin: origin, changedAt: now,
            link: issuer + "/account")
        try mail.enqueue(try compose(notice), suppressed: false, in: transaction, at: now)
    }
}

extension StepUp? {
    /// Whether what was shown last was a recovery code.
    var isRecovery: Bool { self?.method == .recoveryCode }

    /// What the audit says of a change that was opened by a recovery code.
    var recoveryDetail: [String: String] { isRecovery ? ["recovery": "true"] : [:] }
}
