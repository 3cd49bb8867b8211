import Database
package import JOSE
package import WebAuthn

/// Signing in by a passkey: a browser gets a session, an application gets tokens. No address is asked for: the
/// authenticator says who it is.
package struct PasskeySignIn: Sendable {
    let database: Database
    let random: RandomSource
    /// The site, from the issuer alone; nil: there are no passkeys here.
    package let relyingParty: RelyingParty?
    let sessions: Sessions
    let grants: Grants
    let audit: AuditTrail
    let refusals: RefusalCounters<PasskeySignInRefusal>

    /// A browser's new session.
    package struct SignedIn: Sendable {
        /// For the cookie.
        package let secret: OneTimeSecret
        package let user: User
    }

    /// What the page that asks for a passkey is given: any that the authenticator can discover will do.
    package func begin(
        by holder: PasskeyChallenge.Holder, at now: Instant
    ) async throws -> Result<RequestOptions, PasskeySignInRefusal> {
        guard let relyingParty else { return refusals.counted(.failure(.notHere)) }
        let challenge = try await database.write { transaction in
            try PasskeyChallenge.issue(.authentication, to: holder, in: transaction, random: random, at: now)
        }
        let ceremony = AuthenticationCeremony(challenge: challenge, relyingParty: relyingParty)
        return .success(RequestOptions(ceremony, timeout: PasskeyChallenge.lifetime))
    }

    /// Signs the browser in that asked.
    package func signIn(
        _ response: AuthenticationResponse, browser: OneTimeSecret, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<SignedIn, PasskeySignInRefusal> {
        try await database.write(counting: refusals) { transaction in
            let holder = PasskeyChallenge.Holder.browser(digest: browser.digest)
            switch try prove(response, .authentication, by: holder, in: transaction, at: now, from: origin) {
            case .failure(let refusal): return .failure(refusal)
            case .success(let proof):
                let secret = try sessions.begin(
                    for: proof.user.id, amr: proof.amr, in: transaction, at: now, from: origin)
                return .success(SignedIn(secret: secret, user: proof.user))
            }
        }
    }

    /// Gives the application that asked its tokens.
    package func redeem(
        _ response: AuthenticationResponse, by client: Client, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<TokenSet, PasskeySignInRefusal> {
        let outcome = try await database.write(counting: refusals) {
            transaction -> Result<Grants.Issued, PasskeySignInRefusal> in
            let holder = PasskeyChallenge.Holder.application(client.id)
            switch try prove(response, .authentication, by: holder, in: transaction, at: now, from: origin) {
            case .failure(let refusal): return .failure(refusal)
            case .success(let proof):
                return try grants.issue(
                    to: client, for: proof.user.id, amr: proof.amr, in: transaction, at: now, from: origin
                ).mapError(PasskeySignInRefusal.standing)
            }
        }
        return try grants.tokens(of: outcome, at: now)
    }

    /// Who was there, and how that is told.
    struct Proof: Sendable {
        let user: User
        let amr: [String]
    }

    /// Spends the challenge and takes the answer through WebAuthn §7.2.
    ///
    /// - Parameter identified: the user, when it is known who must answer.
    func prove(
        _ response: AuthenticationResponse, _ purpose: PasskeyChallenge.Purpose, by holder: PasskeyChallenge.Holder,
        identified: User.ID? = nil, in transaction: Transaction, at now: Instant, from origin: RequestOrigin
    ) throws -> Result<Proof, PasskeySignInRefusal> {
        guard let relyingParty else { return .failure(.notHere) }
        let challenge: [UInt8]
        switch try PasskeyChallenge.take(response.challenge, purpose, from: holder, in: transaction, at: now) {
        case .success(let taken): challenge = taken
        case .failure(let refusal): return .failure(.challenge(refusal))
        }
        guard let passkey = try Passkey.find(credentialID: response.rawID, in: transaction) else {
            return .failure(.unknownPasskey)
        }
        let ceremony = AuthenticationCeremony(
            challenge: challenge, relyingParty: relyingParty, identifiedUser: identified?.userHandle)
        switch ceremony.verify(response, against: passkey.record) {
        case .success(let authenticated):
            return try settle(passkey, authenticated, in: transaction, at: now, from: origin)
        case .failure(.counterRegression(let stored, let received)):
            try tellRegression(of: passkey, from: stored, to: received, in: transaction, at: now, from: origin)
            return .failure(.ceremony(.counterRegression(stored: stored, received: received)))
        case .failure(let refusal): return .failure(.ceremony(refusal))
        }
    }

    private func settle(
        _ former: Passkey, _ authenticated: Authenticated, in transaction: Transaction, at now: Instant,
        from origin: RequestOrigin
    ) throws -> Result<Proof, PasskeySignInRefusal> {
        guard let user = try User.find(former.user, in: transaction), user.disabledAt == nil else {
            return .failure(.userDisabled)
        }
        var passkey = former
        passkey.use(authenticated, at: now)
        guard try passkey.save(after: former, in: transaction) else { return .failure(.unknownPasskey) }
        let amr = passkey.amr(authenticated)
        let event = passkey.event(.passkeyUsed, ["amr": amr.joined(separator: " ")])
        try audit.record(event, in: transaction, at: now, from: origin)
        return .success(Proof(user: user, amr: amr))
    }

    /// The signature is good, so whoever sent it has the key; that the counter stands still says that two have it.
    private func tellRegression(
        of former: Passkey, from expected: UInt32, to received: UInt32, in transaction: Transaction, at now: Instant,
        from origin: RequestOrigin
    ) throws {
        var passkey = former
        passkey.regress(at: now)
        guard try passkey.save(after: former, in: transaction) else { return }
        let detail = ["received": String(received), "stored": String(expected)]
        try audit.record(passkey.event(.passkeyCounterRegressed, detail), in: transaction, at: now, from: origin)
    }
}

/// Why a passkey does not sign anyone in.
package enum PasskeySignInRefusal: Error, Hashable, Sendable {
    /// There are no passkeys for this server's name.
    case notHere
    case challenge(PasskeyChallengeRefusal)
    /// No user has it: it was removed here and is still on the device.
    case unknownPasskey
    /// A step of WebAuthn §7.2 failed.
    case ceremony(AuthenticationRefusal)
    case userDisabled
    case standing(StandingRefusal)
}
