import Database
package import JOSE
package import WebAuthn

/// Making passkeys: a challenge, and the answer to it.
package struct PasskeyRegistration: Sendable {
    let database: Database
    let random: RandomSource
    /// The site, from the issuer alone; nil: there are no passkeys here.
    package let relyingParty: RelyingParty?
    let audit: AuditTrail
    let notices: FactorNotices
    let logins: Logins

    /// What the page that makes a passkey is given. Discoverable, with user verification, and not on an authenticator
    /// that has one of this user already.
    ///
    /// - Parameters:
    ///   - login: whose user it is for. It alone may answer.
    ///   - stepUp: the one of that login. Needed by who has a second factor: a passkey is one itself, and would open what
    ///     the one that is there keeps closed.
    package func begin(
        by login: Login, stepUp: StepUp? = nil, at now: Instant
    ) async throws -> Result<CreationOptions, PasskeyRegistrationRefusal> {
        guard let relyingParty else { return .failure(.notHere) }
        return try await database.write { transaction in
            let user = try logins.require(login, in: transaction, at: now).user
            guard try SecondFactors.find(of: user.id, in: transaction).mayChange(stepUp, at: now) else {
                return .failure(.stepUpRequired)
            }
            let known = try Passkey.all(of: user.id, in: transaction)
            guard known.count < Passkey.maximumPerUser else { return .failure(.tooMany) }
            let challenge = try PasskeyChallenge.issue(
                .registration, to: .login(login), in: transaction, random: random, at: now)
            let ceremony = CreationCeremony(
                challenge: challenge, relyingParty: relyingParty, userHandle: user.id.userHandle)
            return .success(
                CreationOptions(
                    ceremony, relyingPartyName: relyingParty.id, userName: user.email.text, displayName: user.name,
                    excludeCredentials: known.map(\.descriptor), timeout: PasskeyChallenge.lifetime))
        }
    }

    /// Keeps the passkey that was made for the user of the login that has asked for it.
    ///
    /// - Parameter name: nil: it is called what its authenticator is called.
    package func finish(
        _ response: RegistrationResponse, name: String?, by login: Login, stepUp: StepUp? = nil, at now: Instant,
        from origin: RequestOrigin, recording: Recording<Passkey> = .none
    ) async throws -> Result<Passkey, PasskeyRegistrationRefusal> {
        guard let relyingParty else { return .failure(.notHere) }
        return try await database.write { transaction in
            let actor = try logins.require(login, in: transaction, at: now)
            let user = actor.user.id
            guard try SecondFactors.find(of: user, in: transaction).mayChange(stepUp, at: now) else {
                return .failure(.stepUpRequired)
            }
            let challenge: [UInt8]
            switch try PasskeyChallenge.take(
                response.challenge, .registration, from: .login(login), in: transaction, at: now)
            {
            case .success(let taken): challenge = taken
            case .failure(let refusal): return .failure(.challenge(refusal))
            }
            let ceremony = CreationCeremony(
                challenge: challenge, relyingParty: relyingParty, userHandle: user.userHandle)
            switch ceremony.verify(response) {
            case .failure(let refusal): return .failure(.ceremony(refusal))
            case .success(let registered):
                let kept = try keep(registered, name, actor, stepUp, transaction, at: now, from: origin)
                if case .success(let passkey) = kept { try recording.record(passkey, in: transaction) }
                return kept
            }
        }
    }

    /// WebAuthn §7.1 steps 26 and 29: nobody has it yet, and now this user has.
    private func keep(
        _ registered: Registered, _ name: String?, _ actor: LivingLogin, _ stepUp: StepUp?, _ transaction: Transaction,
        at now: Instant, from origin: RequestOrigin
    ) throws -> Result<Passkey, PasskeyRegistrationRefusal> {
        let user = actor.user.id
        guard try Passkey.find(credentialID: registered.credentialID, in: transaction) == nil else {
            return .failure(.alreadyRegistered)
        }
        let known = try Passkey.all(of: user, in: transaction)
        guard known.count < Passkey.maximumPerUser else { return .failure(.tooMany) }
        let name = name ?? Passkey.name(for: registered.aaguid, besides: known.map(\.name))
        var made: Passkey?
        _ = try transaction.insert(Passkey.self, at: now, random: random) { id in
            let passkey = Passkey(id, registered, of: user, name: name, at: now)
            made = passkey
            return try passkey.insert(in: transaction)
        }
        guard let passkey = made else { throw DatabaseFailure.misuse("a passkey was inserted without being made") }
        var detail = stepUp.recoveryDetail.changing(to: passkey.name)
        detail["aaguid"] = passkey.aaguid.description
        try audit.record(passkey.event(.passkeyRegistered, by: actor, detail), in: transaction, at: now, from: origin)
        try notices.tell(
            .passkeyAdded(name: passkey.name), to: user, after: stepUp, in: transaction, at: now, from: origin)
        return .success(passkey)
    }
}

/// Why no passkey was made.
package enum PasskeyRegistrationRefusal: Error, Hashable, Sendable {
    /// Browsers make no passkeys for this server's name.
    case notHere
    case challenge(PasskeyChallengeRefusal)
    /// A step of WebAuthn §7.1 failed.
    case ceremony(RegistrationRefusal)
    /// The credential is known already, of whichever user (WebAuthn §7.1 step 26).
    case alreadyRegistered
    /// The user has as many as anyone may.
    case tooMany
    /// The user has a second factor, and has not shown it.
    case stepUpRequired
}
