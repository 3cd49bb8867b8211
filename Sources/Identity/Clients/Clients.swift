import Database
package import JOSE

/// The applications that may ask for tokens.
package struct Clients: Sendable {
    let database: Database
    let random: RandomSource
    let keys: PurposeKeys
    let audit: AuditTrail
    let refusals: RefusalCounters<ClientRefusal>

    /// What is needed to make an application known.
    package struct Registration: Sendable {
        package var identifier: String
        package var name: String
        /// Nil: a public client.
        package var secret: String?
        package var grantTypes: Set<Client.GrantType> = [.deviceCode, .refreshToken, .magicLink]
        package var scopes: ScopeSet?
        package var magicLinkURI: String?
        package var refreshReuseLeeway: Duration = .zero
        package var stepUp = Client.StepUpPolicy.never

        package init(identifier: String, name: String, secret: String? = nil) {
            self.identifier = identifier
            self.name = name
            self.secret = secret
        }
    }

    /// Finds the client a request speaks for and checks its proof.
    package func authenticate(_ credentials: ClientCredentials) async throws -> Result<Client, ClientRefusal> {
        refusals.counted(try await database.read { try authenticated(credentials, in: $0) })
    }

    /// The same in a transaction that reads more. The refusal is the caller's to count.
    func authenticated(
        _ credentials: ClientCredentials, in transaction: Transaction
    ) throws -> Result<Client, ClientRefusal> {
        guard let client = try Client.find(credentials.clientIdentifier, in: transaction) else {
            return .failure(.unknown)
        }
        let refusal = client.authenticate(credentials, key: keys.clientSecrets)
        return refusal.map { .failure($0) } ?? .success(client)
    }

    package func find(_ identifier: String) async throws -> Client? {
        try await database.read { try Client.find(identifier, in: $0) }
    }

    /// Registers a client, or brings the registration of the same identifier up to date. Its grants stay.
    @discardableResult
    package func register(
        _ registration: Registration, at now: Instant, from origin: RequestOrigin
    ) async throws -> Client.ID {
        try await database.write { transaction in
            if let known = try Client.find(registration.identifier, in: transaction) {
                try update(known.id, registration, in: transaction, at: now, from: origin)
                return known.id
            }
            let id = try transaction.insert(Client.self, at: now, random: random) { id in
                try transaction.run(
                    """
                    INSERT INTO clients (id, identifier, name, secret_code, grant_types, redirect_uris, scopes,
                        magic_link_uri, refresh_reuse_leeway, step_up, created_at)
                    VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
                    """,
                    [.id(id), .text(registration.identifier)] + values(registration) + [.time(now)])
            }
            let event = AuditEvent(.clientRegistered, client: id, detail: detail(of: registration, before: nil))
            try audit.record(event, in: transaction, at: now, from: origin)
            return id
        }
    }

    /// Shuts a client out, or lets it in again.
    package func setDisabled(
        _ disabled: Bool, _ id: Client.ID, at now: Instant, from origin: RequestOrigin
    ) async throws {
        try await database.write { transaction in
            guard let client = try Client.find(id, in: transaction), (client.disabledAt != nil) != disabled else {
                return
            }
            _ = try transaction.run(
                "UPDATE clients SET disabled_at = ? WHERE id = ?", .time(disabled ? now : nil), .id(id))
            let event = AuditEvent(
                .clientChanged, client: id,
                detail: [
                    "client_id": client.identifier, "before.disabled": String(!disabled),
                    "after.disabled": String(disabled),
                ])
            try audit.record(event, in: transaction, at: now, from: origin)
        }
    }

    private func update(
        _ id: Client.ID, _ registration: Registration, in transaction: Transaction, at now: Instant,
        from origin: RequestOrigin
    ) throws {
        let row = try transaction.row(
            """
            SELECT name, secret_code, grant_types, scopes, magic_link_uri, refresh_reuse_leeway, step_up
            FROM clients WHERE id = ?
            """, .id(id))
        let values = values(registration)
        guard let before = try row.map(stored), before != values else { return }
        _ = try transaction.run(
            """
            UPDATE clients SET name = ?, secret_code = ?, grant_types = ?, scopes = ?, magic_link_uri = ?,
                refresh_reuse_leeway = ?, step_up = ? WHERE id = ?
            """, values + [.id(id)])
        let event = AuditEvent(.clientChanged, client: id, detail: detail(of: registration, before: before))
        try audit.record(event, in: transaction, at: now, from: origin)
    }

    private func values(_ registration: Registration) -> [SQLValue] {
        let code = registration.secret.map {
            keys.clientSecrets.code(for: Client.secretMessage(identifier: registration.identifier, secret: $0))
        }
        return [
            .text(registration.name), .optional(code), .words(registration.grantTypes.map(\.rawValue).sorted()),
            .optional(registration.scopes?.description), .optional(registration.magicLinkURI),
            .integer(registration.refreshReuseLeeway.wholeMicroseconds), .text(registration.stepUp.rawValue),
        ]
    }

    /// The values of a row, in the order of those above.
    private func stored(_ row: Row) throws -> [SQLValue] {
        [
            .text(try row.text(0)), .optional(try row.optionalBlob(1)), .text(try row.text(2)),
            .optional(try row.optionalText(3)), .optional(try row.optionalText(4)), .integer(try row.integer(5)),
            .text(try row.text(6)),
        ]
    }

    /// What the audit is told: of each value that is new or has changed, what it was and what it is; of a secret, that
    /// there is one.
    private func detail(of registration: Registration, before: [SQLValue]?) -> [String: String] {
        let names = [
            "name", "secret", "grant_types", "scopes", "magic_link_uri", "refresh_reuse_leeway_us", "step_up",
        ]
        var detail = ["client_id": registration.identifier]
        for (index, (name, value)) in zip(names, values(registration)).enumerated() where before?[index] != value {
            detail["before." + name] = before.flatMap { $0[index].told }
            detail["after." + name] = value.told
        }
        return detail
    }
}

extension SQLValue {
    /// As the audit tells it; nil where there is none.
    fileprivate var told: String? {
        switch self {
        case .null: nil
        case .integer(let number): String(number)
        case .text(let text): text
        case .blob: "kept as a code"
        }
    }
}
