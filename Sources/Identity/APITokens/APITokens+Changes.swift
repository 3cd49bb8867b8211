import Database
package import JOSE

extension APITokens {
    /// Gives a token another label.
    package func rename(
        _ id: APIToken.ID, to label: String, by actor: Actor, at now: Instant, from origin: RequestOrigin,
        recording: Recording<Listed> = .none
    ) async throws -> Result<Listed, APITokenRefusal> {
        try await change(id, .renameTokens, by: actor, at: now) { token, terms, transaction in
            if let refusal = token.refusalOfChange(at: now) { return .failure(refusal) }
            let before = token.label
            if before != label {
                token.label = label
                try token.saveLabel(in: transaction)
                let event = actor.event(.apiTokenRenamed, of: token, ["before": before, "after": label])
                try audit.record(event, in: transaction, at: now, from: origin)
            }
            let listed = try Listed.of(token, terms, in: transaction, at: now)
            try recording.record(listed, in: transaction)
            return .success(listed)
        }
    }

    /// Gives a token a new secret, which takes a step-up: its identifier, label, scopes and counts stay. The step-up is
    /// asked about last, so that nobody shows a second factor for what is refused all the same.
    ///
    /// - Parameter overlap: how long the present secret works beside it, at most ``APIToken/maximumOverlap``.
    package func rotate(
        _ id: APIToken.ID, overlap: Duration, by actor: Actor, at now: Instant, from origin: RequestOrigin,
        recording: Recording<Given> = .none
    ) async throws -> Result<Given, APITokenRefusal> {
        try await change(id, .mintTokens, by: actor, at: now) { token, terms, transaction in
            guard terms.mintsAPITokens else { return .failure(.planWithoutTokens(terms.plan)) }
            // Whoever rotates holds the secret afterwards: it must not be worth more than their own login.
            let catalog = try resourceServers.catalog(in: transaction)
            let held = actor.held(of: catalog.names(audience: nil) ?? [])
            if let missing = catalog.existing(of: token.scopes).subtracting(Set(held.names)).first {
                return .failure(.scopeNotHeld(missing))
            }
            if let refusal = token.refusalOfRotation(overlap: overlap, at: now) { return .failure(refusal) }
            guard actor.stepUp.isProven(at: now) else { return .failure(.stepUpRequired) }
            let (secret, before) = (APITokenSecret(of: id, random: random), token.lastFour)
            let rotated = token.rotate(to: secret, code: secret.code(keys.apiTokens), overlap: overlap, at: now)
            if case .failure(let refusal) = rotated { return .failure(refusal) }
            try token.saveRotation(in: transaction)
            let event = actor.event(
                .apiTokenRotated, of: token,
                ["overlap": String(overlap.components.seconds), "before": before, "after": token.lastFour])
            try audit.record(event, in: transaction, at: now, from: origin)
            let listed = try Listed.of(token, terms, in: transaction, at: now)
            let given = Given(listed: listed, secret: secret.text)
            try recording.record(given, in: transaction)
            return .success(given)
        }
    }

    /// Ends a token, for all its secrets at once. Its row stays, and to end it again changes nothing.
    package func revoke(
        _ id: APIToken.ID, by actor: Actor, at now: Instant, from origin: RequestOrigin,
        recording: Recording<Void> = .none
    ) async throws -> Result<Void, APITokenRefusal> {
        try await change(id, .revokeTokens, by: actor, at: now) { token, plan, transaction in
            let before = token.status(on: plan, at: now)
            if token.revoke(at: now) {
                try token.saveRevocation(in: transaction)
                let detail = [
                    "label": token.label, "before": before.rawValue, "after": APIToken.Status.revoked.rawValue,
                ]
                try audit.record(
                    actor.event(.apiTokenRevoked, of: token, detail), in: transaction, at: now, from: origin)
            }
            try recording.record((), in: transaction)
            return .success(())
        }
    }

    /// One transaction: the actor's login and role as they are now, the token of their organization, the change.
    private func change<Outcome: Sendable>(
        _ id: APIToken.ID, _ action: OrganizationAction, by actor: Actor, at now: Instant,
        _ body:
            @escaping @Sendable (inout APIToken, PlanTerms, Transaction) throws -> Result<
                Outcome, APITokenRefusal
            >
    ) async throws -> Result<Outcome, APITokenRefusal> {
        try await database.write { transaction in
            try logins.require(actor.login, of: actor.organization, in: transaction, at: now)
            switch try allowed(action, actor, in: transaction) {
            case .failure(let refusal): return .failure(refusal)
            case .success(let membership):
                guard var token = try APIToken.find(id, of: actor.organization, in: transaction) else {
                    return .failure(.unknown)
                }
                return try body(&token, plans[membership.organization.plan], transaction)
            }
        }
    }
}
