import Database
package import JOSE

/// Spending magic links: a browser becomes signed in, an application gets tokens.
package struct MagicLinkSignIn: Sendable {
    let database: Database
    let keys: PurposeKeys
    let users: Users
    let sessions: Sessions
    let grants: Grants
    let audit: AuditTrail
    let refusals: RefusalCounters<MagicLinkRefusal>

    /// How such a sign-in is told in `amr`.
    static let amr = ["email"]

    /// A browser's new session.
    package struct SignedIn: Sendable {
        /// For the cookie.
        package let secret: OneTimeSecret
        package let user: User
        package let returnTo: String
    }

    /// How a link is shown to be its asker's.
    package enum Proof: Sendable {
        case token(String)
        case code(EmailAddress, digits: String)
    }

    /// Signs in the browser that asked, by the link opened in it.
    package func spend(
        _ token: String, browser: OneTimeSecret?, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<SignedIn, MagicLinkRefusal> {
        guard let token = OneTimeSecret(token, prefix: MagicLinks.tokenPrefix) else {
            return refusals.counted(.failure(.unknown))
        }
        return try await database.write(counting: refusals) { transaction in
            guard let former = try MagicLink.find(token, in: transaction) else { return .failure(.unknown) }
            var link = former
            guard case .browser = link.asker else { return .failure(.unknown) }
            if let refusal = link.refusal(at: now) { return .failure(refusal) }
            guard link.isAsked(byBrowser: browser?.digest) else { return .failure(.otherBrowser) }
            let refusal = link.spend(at: now)
            return try settle(link, after: former, refusal, in: transaction, at: now, from: origin) {
                try begin(link, in: transaction, at: now, from: origin)
            }
        }
    }

    /// Signs in the browser that asked, by the six digits.
    package func enter(
        digits: String, browser: OneTimeSecret, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<SignedIn, MagicLinkRefusal> {
        try await database.write(counting: refusals) { transaction in
            let found = try MagicLink.findLatest(askedByBrowser: browser.digest, in: transaction)
            guard let found else { return .failure(.unknown) }
            var link = found.link
            let refusal = link.spend(
                codeIsRight: isRight(digits, found),
                wrongCodesOfAddress: try MagicLink.wrongCodes(for: link.email, at: now, in: transaction), at: now)
            return try settle(link, after: found.link, refusal, in: transaction, at: now, from: origin) {
                try begin(link, in: transaction, at: now, from: origin)
            }
        }
    }

    /// Lets the asking tab in from another browser, by the match code that the asking tab shows.
    package func approve(
        _ token: String, matchCode: String, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<EmailAddress, MagicLinkRefusal> {
        guard let token = OneTimeSecret(token, prefix: MagicLinks.tokenPrefix) else {
            return refusals.counted(.failure(.unknown))
        }
        return try await database.write(counting: refusals) { transaction in
            guard let former = try MagicLink.find(token, in: transaction) else { return .failure(.unknown) }
            var link = former
            let refusal = link.approve(matchCode: matchCode, at: now)
            return try settle(link, after: former, refusal, in: transaction, at: now, from: origin) {
                .success(link.email)
            }
        }
    }

    /// The sign-in that a browser asked for last: what its own tab may show.
    package struct Pending: Sendable {
        package enum Progress: Sendable {
            case waiting
            /// Approved in another browser; the asking tab may go on.
            case approved
            /// Five wrong codes.
            case locked
            /// Used, superseded or expired.
            case over
        }
        package let progress: Progress
        package let email: EmailAddress
        package let matchCode: String
        package let returnTo: String
    }

    /// Nil when this browser has asked for nothing.
    package func pending(of browser: OneTimeSecret, at now: Instant) async throws -> Pending? {
        try await database.read { transaction in
            guard let link = try MagicLink.findLatest(askedByBrowser: browser.digest, in: transaction)?.link,
                case .browser(_, let matchCode) = link.asker
            else { return nil }
            return Pending(
                progress: link.progress(at: now), email: link.email, matchCode: matchCode, returnTo: link.returnTo)
        }
    }

    /// Signs in the asking tab after the link was approved elsewhere.
    package func claim(
        browser: OneTimeSecret, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<SignedIn, MagicLinkRefusal> {
        try await database.write(counting: refusals) { transaction in
            let found = try MagicLink.findLatest(askedByBrowser: browser.digest, in: transaction)
            guard let former = found?.link, former.state == .approved else { return .failure(.unknown) }
            var link = former
            let refusal = link.spend(at: now)
            return try settle(link, after: former, refusal, in: transaction, at: now, from: origin) {
                try begin(link, in: transaction, at: now, from: origin)
            }
        }
    }

    /// Gives an application its tokens. Good only for what an application asked for.
    package func redeem(
        _ proof: Proof, by presence: ClientPresence, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<TokenSet, MagicLinkRefusal> {
        let outcome = try await database.write(counting: refusals) {
            transaction -> Result<Grants.Issued, MagicLinkRefusal> in
            guard let found = try find(proof, in: transaction), case let former = found.link,
                case .application(let id) = former.asker, let client = try Client.find(id, in: transaction)
            else { return .failure(.unknown) }
            switch presence.mismatch(with: client) {
            case .otherClient: return .failure(.unknown)
            case .proofNeeded: return .failure(.clientUnproven)
            case nil: break
            }
            guard client.grantTypes.contains(.magicLink) else { return .failure(.grantTypeNotAllowed) }
            var link = former
            var refusal: MagicLinkRefusal?
            if let codeIsRight = found.codeIsRight {
                let wrongCodes = try MagicLink.wrongCodes(for: link.email, at: now, in: transaction)
                refusal = link.spend(codeIsRight: codeIsRight, wrongCodesOfAddress: wrongCodes, at: now)
            } else {
                refusal = link.spend(at: now)
            }
            return try settle(link, after: former, refusal, in: transaction, at: now, from: origin) {
                try issue(link, to: client, in: transaction, at: now, from: origin)
            }
        }
        return try grants.tokens(of: outcome, at: now)
    }

    /// The link a proof is for, and for six digits, whether they are its own.
    private func find(_ proof: Proof, in transaction: Transaction) throws -> (link: MagicLink, codeIsRight: Bool?)? {
        switch proof {
        case .token(let text):
            guard let token = OneTimeSecret(text, prefix: MagicLinks.tokenPrefix) else { return nil }
            return try MagicLink.find(token, in: transaction).map { ($0, nil) }
        case .code(let email, let digits):
            return try MagicLink.findLatest(askedByApplicationFor: email, in: transaction)
                .map { ($0.link, isRight(digits, $0)) }
        }
    }

    private func isRight(_ digits: String, _ found: MagicLink.WithCode) -> Bool {
        keys.codes.isValid(found.code, for: MagicLinks.codeMessage(digits, of: found.link.id))
    }

    /// Saves what the rule did to the link, tells the audit, and goes on only when it was done and we were the first.
    private func settle<Outcome>(
        _ link: MagicLink, after former: MagicLink, _ refusal: MagicLinkRefusal?, in transaction: Transaction,
        at now: Instant, from origin: RequestOrigin, _ proceed: () throws -> Result<Outcome, MagicLinkRefusal>
    ) throws -> Result<Outcome, MagicLinkRefusal> {
        if link.state != former.state || link.wrongCodes != former.wrongCodes {
            guard try link.save(after: former, in: transaction) else { return .failure(.used) }
        }
        if link.state != former.state, let kind = link.state.event {
            let detail = ["link": link.id.description, "email": link.email.canonical].changing(
                from: former.state.rawValue, to: link.state.rawValue)
            let event = AuditEvent(kind, detail: detail)
            try audit.record(event, in: transaction, at: now, from: origin)
        }
        if let refusal { return .failure(refusal) }
        return try proceed()
    }

    private func begin(
        _ link: MagicLink, in transaction: Transaction, at now: Instant, from origin: RequestOrigin
    ) throws -> Result<SignedIn, MagicLinkRefusal> {
        guard let user = try users.signIn(link.email, in: transaction, at: now, from: origin) else {
            return .failure(.signInNotAllowed)
        }
        let secret = try sessions.begin(for: user.id, amr: Self.amr, in: transaction, at: now, from: origin)
        return .success(SignedIn(secret: secret, user: user, returnTo: link.returnTo))
    }

    private func issue(
        _ link: MagicLink, to client: Client, in transaction: Transaction, at now: Instant,
        from origin: RequestOrigin
    ) throws -> Result<Grants.Issued, MagicLinkRefusal> {
        guard let user = try users.signIn(link.email, in: transaction, at: now, from: origin) else {
            return .failure(.signInNotAllowed)
        }
        return try grants.issue(to: client, for: user.id, amr: Self.amr, in: transaction, at: now, from: origin)
            .mapError(MagicLinkRefusal.standing)
    }
}

extension MagicLink.State {
    fileprivate var event: AuditEvent.Kind? {
        switch self {
        case .waiting, .superseded: nil
        case .approved: .magicLinkApproved
        case .spent: .magicLinkSpent
        case .locked: .magicLinkLocked
        }
    }
}

extension MagicLink {
    fileprivate func progress(at now: Instant) -> MagicLinkSignIn.Pending.Progress {
        switch refusal(at: now) {
        case nil: state == .approved ? .approved : .waiting
        case .locked: .locked
        default: .over
        }
    }
}
