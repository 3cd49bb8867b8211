import Database
package import JOSE
package import WebAuthn

/// Showing a passkey as a second factor, on the login or in the browser where one is needed.
package struct PasskeyStepUp: Sendable {
    let database: Database
    let random: RandomSource
    let signIn: PasskeySignIn
    let stepUps: StepUps

    /// Where passkeys of this server work; nil: nowhere.
    package var origin: String? { signIn.relyingParty?.origin }

    /// What the page that asks is given; nil: the user has none.
    ///
    /// - Parameter holder: who asks, and who alone may answer.
    package func begin(
        for user: User.ID, by holder: PasskeyChallenge.Holder, at now: Instant
    ) async throws -> RequestOptions? {
        guard let relyingParty = signIn.relyingParty else { return nil }
        return try await database.write { transaction in
            let passkeys = try Passkey.all(of: user, in: transaction)
            guard !passkeys.isEmpty else { return nil }
            let challenge = try PasskeyChallenge.issue(
                .stepUp, to: holder, in: transaction, random: random, at: now)
            let ceremony = AuthenticationCeremony(
                challenge: challenge, relyingParty: relyingParty, allowCredentials: passkeys.map(\.descriptor),
                identifiedUser: user.userHandle)
            return RequestOptions(ceremony, timeout: PasskeyChallenge.lifetime)
        }
    }

    /// Accepts an answer of this user's own passkey, and records it.
    package func prove(
        _ response: AuthenticationResponse, by user: User.ID, holding holder: PasskeyChallenge.Holder,
        on login: Login, in acting: Login? = nil, at now: Instant, from origin: RequestOrigin,
        recording: Recording<StepUp> = .none
    ) async throws -> Result<StepUp, PasskeyStepUpRefusal> {
        let outcome: Result<StepUp, PasskeyStepUpRefusal> = try await database.write { transaction in
            let proof = try signIn.prove(
                response, .stepUp, by: holder, identified: user, in: transaction, at: now, from: origin)
            if case .failure(let refusal) = proof { return .failure(.proof(refusal)) }
            let stepUp = StepUp(.passkey, at: now)
            let isRecorded = try stepUps.record(
                stepUp, of: user, on: login, by: acting, in: transaction, at: now, from: origin)
            guard isRecorded else {
                return .failure(.ended)
            }
            try recording.record(stepUp, in: transaction)
            return .success(stepUp)
        }
        if case .failure(.proof(let refusal)) = outcome { signIn.refusals.count(refusal) }
        return outcome
    }
}

/// Why a passkey was not accepted as a second factor.
package enum PasskeyStepUpRefusal: Error, Hashable, Sendable {
    case proof(PasskeySignInRefusal)
    /// The login or session on which to record it has been ended.
    case ended
}
