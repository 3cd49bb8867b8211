import Database
package import JOSE

/// The passkeys of a person: listed, renamed, removed.
package struct Passkeys: Sendable {
    let database: Database
    let audit: AuditTrail
    let notices: FactorNotices
    let logins: Logins

    /// In the order in which they were made.
    package func all(of user: User.ID) async throws -> [Passkey] {
        try await database.read { try Passkey.all(of: user, in: $0) }
    }

    /// A name as it is kept: as people's names are. Nil when it cannot be one.
    package static func name(from typed: String) -> String? { User.name(from: typed) }

    package func rename(
        _ id: Passkey.ID, by login: Login, to name: String, at now: Instant, from origin: RequestOrigin,
        recording: Recording<Passkey> = .none
    ) async throws -> Result<Passkey, PasskeyChangeRefusal> {
        try await database.write { transaction in
            let login = try logins.require(login, in: transaction, at: now)
            let user = login.user.id
            guard let former = try Passkey.find(id, of: user, in: transaction) else { return .failure(.unknown) }
            _ = try transaction.run(
                "UPDATE passkeys SET name = ? WHERE id = ? AND user_id = ?", .text(name), .id(id), .id(user))
            let event = former.event(.passkeyRenamed, by: login, [:].changing(from: former.name, to: name))
            try audit.record(event, in: transaction, at: now, from: origin)
            guard let passkey = try Passkey.find(id, of: user, in: transaction) else { return .failure(.unknown) }
            try recording.record(passkey, in: transaction)
            return .success(passkey)
        }
    }

    /// Removes one, unless nothing else would let its user in.
    ///
    /// - Parameter stepUp: the one of the login that asks. Needed, for a passkey is a second factor itself.
    package func remove(
        _ id: Passkey.ID, by login: Login, stepUp: StepUp? = nil, at now: Instant, from origin: RequestOrigin,
        recording: Recording<Void> = .none
    ) async throws -> Result<Void, PasskeyChangeRefusal> {
        try await database.write { transaction in
            let login = try logins.require(login, in: transaction, at: now)
            let user = login.user.id
            let all = try Passkey.all(of: user, in: transaction)
            guard let passkey = all.first(where: { $0.id == id }) else { return .failure(.unknown) }
            guard stepUp.isProven(at: now) else { return .failure(.stepUpRequired) }
            // Who has shown to read mail can always have a link sent.
            guard all.count > 1 || login.user.verifiedAt != nil else { return .failure(.lastWayIn) }
            _ = try transaction.run("DELETE FROM passkeys WHERE id = ? AND user_id = ?", .id(id), .id(user))
            try SecondFactors.forgetCodesWithoutFactor(of: user, in: transaction)
            let event = passkey.event(.passkeyRemoved, by: login, stepUp.recoveryDetail.changing(from: passkey.name))
            try audit.record(event, in: transaction, at: now, from: origin)
            try notices.tell(
                .passkeyRemoved(name: passkey.name), to: user, after: stepUp, in: transaction, at: now, from: origin)
            try recording.record((), in: transaction)
            return .success(())
        }
    }
}
