import JOSE

/// A sign-in that waits for a person to show that they read the mail of an address.
///
/// The mail carries two proofs of it: a link with a 256-bit token in the URL fragment, which no fetch of the link ever
/// sends, and six digits to type. Either is good once.
package struct MagicLink: Sendable, Identified {
    package static let identifierPrefix = "lnk"
    package typealias ID = Identifier<MagicLink>

    /// Who asked, and so who alone gets what the proof gives.
    enum Asker: Hashable, Sendable {
        /// A browser, known by the digest of its cookie, whose tab shows a code of two digits.
        case browser(digest: [UInt8], matchCode: String)
        /// An application, through the API.
        case application(Client.ID)
    }

    /// `waiting` is the first; `approved` (in another browser) leads to `spent`; all others are final.
    enum State: String, Sendable, CaseIterable {
        case waiting, approved, spent, superseded, locked
    }

    let id: ID
    let email: EmailAddress
    let asker: Asker
    let returnTo: String
    private(set) var state: State
    private(set) var wrongCodes: Int64
    let address: String
    let agent: String
    let createdAt: Instant
    let expiresAt: Instant

    /// Ten minutes.
    package static let lifetime = Duration.seconds(600)
    /// The fifth wrong code, of whatever kind and from wherever, ends the link.
    static let maximumWrongCodes: Int64 = 5
    /// Six digits are few enough to be found by asking for link after link. After so many wrong codes for one address in
    /// a day, whichever links they were for, its codes are no longer heard. Links, which cannot be guessed, still work.
    static let maximumWrongCodesOfAddress: Int64 = 20
    static let wrongCodeMemory = Duration.seconds(86_400)

    init(
        id: ID, email: EmailAddress, asker: Asker, returnTo: String, state: State = .waiting, wrongCodes: Int64 = 0,
        address: String, agent: String, createdAt: Instant, expiresAt: Instant
    ) {
        self.id = id
        self.email = email
        self.asker = asker
        self.returnTo = returnTo
        self.state = state
        self.wrongCodes = wrongCodes
        self.address = address
        self.agent = agent
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// Why a link or its code does not sign anyone in.
package enum MagicLinkRefusal: Error, Hashable, Sendable {
    /// No such link; or it was asked for in another way than it is presented.
    case unknown
    case expired
    /// A newer one was asked for.
    case superseded
    case used
    /// Five wrong codes.
    case locked
    case wrongCode
    /// Too many wrong codes for this address, over several links: only the link itself helps.
    case codesExhausted
    /// Opened in a browser that did not ask for it: a match code is needed.
    case otherBrowser
    /// The address was proven, but no one may sign in by it.
    case signInNotAllowed
    case clientUnproven
    case grantTypeNotAllowed
    case standing(StandingRefusal)
}

extension MagicLink {
    /// What is wrong with the link whoever presents it; nil when it is alive.
    func refusal(at now: Instant) -> MagicLinkRefusal? {
        switch state {
        case .spent: .used
        case .superseded: .superseded
        case .locked: .locked
        case .waiting, .approved: now < expiresAt ? nil : .expired
        }
    }

    func isAsked(byBrowser digest: [UInt8]?) -> Bool {
        if case .browser(let own, _) = asker, let digest { ConstantTime.equal(own, digest) } else { false }
    }

    /// Spends the link for the one who asked.
    mutating func spend(at now: Instant) -> MagicLinkRefusal? {
        if let refusal = refusal(at: now) { return refusal }
        state = .spent
        return nil
    }

    /// Approves it from another browser, by the code that the asking tab shows.
    mutating func approve(matchCode typed: String, at now: Instant) -> MagicLinkRefusal? {
        if let refusal = refusal(at: now) { return refusal }
        guard case .browser(_, let matchCode) = asker else { return .unknown }
        guard ConstantTime.equal(Array(typed.utf8), Array(matchCode.utf8)) else { return miss() }
        state = .approved
        return nil
    }

    /// Spends it by its six digits.
    ///
    /// - Parameters:
    ///   - isRight: whether the digits are those of the mail.
    ///   - wrongCodesOfAddress: how many wrong codes this address has had of late, over all its links.
    mutating func spend(
        codeIsRight isRight: Bool, wrongCodesOfAddress: Int64 = 0, at now: Instant
    ) -> MagicLinkRefusal? {
        if let refusal = refusal(at: now) { return refusal }
        guard wrongCodesOfAddress < Self.maximumWrongCodesOfAddress else { return .codesExhausted }
        guard isRight else { return miss() }
        state = .spent
        return nil
    }

    private mutating func miss() -> MagicLinkRefusal {
        wrongCodes += 1
        guard wrongCodes >= Self.maximumWrongCodes else { return .wrongCode }
        state = .locked
        return .locked
    }
}
