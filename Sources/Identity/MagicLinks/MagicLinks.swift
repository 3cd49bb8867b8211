import Database
package import JOSE

/// Asking for magic links, and looking at them.
package struct MagicLinks: Sendable {
    let database: Database
    let random: RandomSource
    let keys: PurposeKeys
    let issuer: String
    let users: Users
    let mail: MailQueue
    let audit: AuditTrail
    /// Writes the letter.
    let compose: @Sendable (MagicLinkLetter) throws -> MailMessage

    /// What a link token begins with.
    static let tokenPrefix = "lkm_"

    /// Who asks.
    package enum Asker: Sendable {
        /// A browser, by its cookie; it is led on to a path of ours afterwards.
        case browser(OneTimeSecret, returnTo: String)
        case application(Client)
    }

    /// What the asker is told: the same for every address.
    package struct Sent: Sendable {
        /// For a browser: what its tab shows, to be typed where the link is opened elsewhere.
        package let matchCode: String?
        package let expiresIn: Duration
    }

    /// Sends a link, when a proof of this address would sign someone in. The same work is done when it would not.
    package func request(
        _ email: EmailAddress, by asker: Asker, at now: Instant, from origin: RequestOrigin
    ) async throws -> Sent {
        let token = OneTimeSecret(prefix: Self.tokenPrefix, random: random)
        let digits = Self.digits(6, random: random)
        let letter = MagicLinkLetter(
            recipient: email, link: linkBase(asker) + "#token=" + token.text, code: digits,
            application: asker.application?.name, origin: origin, askedAt: now)
        let message = try compose(letter)
        let stored = asker.stored(matchCode: Self.digits(2, random: random))
        try await database.write { transaction in
            try MagicLink.supersede(for: email, and: stored, in: transaction)
            let id = try transaction.insert(MagicLink.self, at: now, random: random) { id in
                let link = MagicLink(
                    id: id, email: email, asker: stored, returnTo: asker.returnTo, address: origin.address,
                    agent: origin.agent, createdAt: now, expiresAt: now + MagicLink.lifetime)
                return try link.insert(token: token, code: Self.code(digits, of: id, keys), in: transaction)
            }
            let isSuppressed = try !users.mayBecomeSignedIn(email, in: transaction, at: now)
            try mail.enqueue(message, suppressed: isSuppressed, in: transaction, at: now)
            let event = AuditEvent(
                .magicLinkRequested, client: asker.application?.id,
                detail: ["email": email.canonical, "link": id.description].changing(
                    to: MagicLink.State.waiting.rawValue))
            try audit.record(event, in: transaction, at: now, from: origin)
        }
        return Sent(matchCode: stored.matchCode, expiresIn: MagicLink.lifetime)
    }

    /// What a page may show of a link before anything is spent.
    package struct Inspection: Sendable {
        package enum Place: Sendable {
            case sameBrowser
            case otherBrowser
            case application(name: String)
        }
        package let place: Place
        package let email: EmailAddress
        package let address: String
        package let agent: String
        package let askedAt: Instant
    }

    /// Looks at a link. Spends nothing.
    package func inspect(
        _ token: String, browser: OneTimeSecret?, at now: Instant
    ) async throws -> Result<Inspection, MagicLinkRefusal> {
        guard let token = OneTimeSecret(token, prefix: Self.tokenPrefix) else { return .failure(.unknown) }
        return try await database.read { transaction in
            guard let link = try MagicLink.find(token, in: transaction) else { return .failure(.unknown) }
            if let refusal = link.refusal(at: now) { return .failure(refusal) }
            let place: Inspection.Place
            switch link.asker {
            case .browser: place = link.isAsked(byBrowser: browser?.digest) ? .sameBrowser : .otherBrowser
            case .application(let client):
                place = .application(name: try Client.find(client, in: transaction)?.name ?? "")
            }
            return .success(
                Inspection(
                    place: place, email: link.email, address: link.address, agent: link.agent,
                    askedAt: link.createdAt))
        }
    }

    private func linkBase(_ asker: Asker) -> String {
        asker.application?.magicLinkURI ?? issuer + "/magic-link"
    }

    private static func digits(_ count: Int, random: RandomSource) -> String {
        String((0..<count).map { _ in Character(String(random.integer(below: 10))) })
    }

    /// What is stored of six digits: keyed, and bound to its link, so that equal digits look different.
    static func code(_ digits: String, of link: MagicLink.ID, _ keys: PurposeKeys) -> [UInt8] {
        keys.codes.code(for: codeMessage(digits, of: link))
    }

    static func codeMessage(_ digits: String, of link: MagicLink.ID) -> [UInt8] {
        Array("magic-link:\(link):\(digits)".utf8)
    }
}

extension MagicLinks.Asker {
    fileprivate var application: Client? {
        if case .application(let client) = self { client } else { nil }
    }

    fileprivate var returnTo: String {
        if case .browser(_, let returnTo) = self { returnTo } else { "" }
    }

    fileprivate func stored(matchCode: String) -> MagicLink.Asker {
        switch self {
        case .browser(let cookie, _): .browser(digest: cookie.digest, matchCode: matchCode)
        case .application(let client): .application(client.id)
        }
    }
}

extension MagicLink.Asker {
    fileprivate var matchCode: String? {
        if case .browser(_, let matchCode) = self { matchCode } else { nil }
    }
}
