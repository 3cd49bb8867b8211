import Database
import JOSE
import Synchronization
import Testing

@testable import Identity

@Suite("A login that is ended after a request was let in by it")
struct EndedLoginTests {
    enum End: String, Sendable {
        case signedOut, signedOutEverywhere, secondFactorsReset, userDisabled, memberRemoved, clientDisabled
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let kind: ActingScene.Kind
        let end: End
        var testDescription: String { "\(kind), \(end)" }

        static let all: [Case] =
            [.signedOut, .signedOutEverywhere, .secondFactorsReset, .userDisabled].flatMap { end in
                ActingScene.Kind.allCases.map { Case(kind: $0, end: end) }
            } + [Case(kind: .grant, end: .memberRemoved), Case(kind: .grant, end: .clientDisabled)]
    }

    @Test(
        "leaves nothing behind, whatever was asked for, and tells the audit of nothing", arguments: Engine.all, Case.all
    )
    func acting(engine: Engine, on wanted: Case) async throws {
        let scene = try await ActingScene(engine, wanted.kind)
        try await scene.end(wanted.end)
        let before = try await scene.state()
        for act in try scene.acts() {
            await #expect(throws: LoginEnded.self, "\(act.name)") { _ = try await act.perform() }
            #expect(try await scene.state() == before, "\(act.name)")
        }
    }

    @Test("is refused for that alone: the same is done by one that is alive", arguments: Engine.all)
    func alive(engine: Engine) async throws {
        for kind in ActingScene.Kind.allCases {
            let scene = try await ActingScene(engine, kind)
            for act in try scene.acts() {
                let before = try await scene.state()
                #expect(try await act.perform(), "\(act.name)")
                #expect(try await scene.state() != before, "\(act.name)")
            }
        }
    }

    @Test("is over for itself alone: another of the same person goes on", arguments: Engine.all)
    func others(engine: Engine) async throws {
        for kind in ActingScene.Kind.allCases {
            let scene = try await ActingScene(engine, kind)
            try await scene.end(.signedOut)
            let other: Login = kind == .session ? scene.active.login : scene.ada.login
            let id = scene.id
            _ = try await scene.world.provider.organizations.rename(
                id, to: "Other", by: other, at: .start, from: .desk
            ).get()
        }
    }

    @Test(
        "is not ended between the look at it and the commit of what it did, nor its user's place taken away",
        arguments: Engine.all,
        [End.signedOutEverywhere, .userDisabled, .memberRemoved].flatMap { end in
            ActingScene.Kind.allCases.map { Case(kind: $0, end: end) }
        })
    func held(engine: Engine, by wanted: Case) async throws {
        let scene = try await ActingScene(engine, wanted.kind)
        let (logins, database) = (scene.world.provider.logins, scene.world.database)
        let hasEnded = Ended()
        let (looks, looked) = AsyncStream.makeStream(of: Void.self)
        let end = Task {
            for await _ in looks {}
            try await scene.end(wanted.end)
            hasEnded.flag.withLock { $0 = true }
        }
        let wasFirst = try await database.write { transaction in
            try logins.require(scene.login, of: scene.id, in: transaction, at: .start)
            looked.finish()
            // Where there is one writer, the other waits for that. Elsewhere it must wait for this transaction.
            let deadline = ContinuousClock.now + .seconds(20)
            while engine == .postgresql, !hasEnded.isTrue, try !transaction.isWaitedFor() {
                guard ContinuousClock.now < deadline else { return false }
            }
            return !hasEnded.isTrue
        }
        #expect(wasFirst)
        try await end.value
        if wanted.end == .memberRemoved {
            #expect(try await scene.world.role(of: scene.ada, in: scene.id) == nil)
        } else {
            await #expect(throws: LoginEnded.self) {
                _ = try await database.write { try logins.require(scene.login, in: $0, at: .start) }
            }
        }
    }
}

/// Whether something has been done.
private final class Ended: Sendable {
    let flag = Mutex(false)
    var isTrue: Bool { flag.withLock { $0 } }
}

extension Transaction {
    /// Whether another transaction cannot go on before this one is over; PostgreSQL knows.
    fileprivate func isWaitedFor() throws -> Bool {
        let waiting = try row(
            """
            SELECT COUNT(*) FROM pg_locks l
            WHERE NOT l.granted AND pg_backend_pid() = ANY(pg_blocking_pids(l.pid))
            """)
        return try waiting?.integer(0) ?? 0 > 0
    }
}

extension ActingScene {
    /// Ends her login.
    fileprivate func end(_ end: EndedLoginTests.End) async throws {
        let (provider, user) = (world.provider, ada.user.id)
        switch end {
        case .signedOut:
            let isDone =
                switch login {
                case .session(let id): try await provider.sessions.end(id, of: user, at: .start, from: .desk)
                case .grant(let id): try await provider.grants.revoke(id, of: user, at: .start, from: .desk)
                }
            #expect(isDone)
        case .signedOutEverywhere: try await provider.grants.revokeEverything(of: user, at: .start, from: .desk)
        case .secondFactorsReset:
            _ = try await world.factorReset.reset(user, at: .start, from: .command(.users)).get()
        case .userDisabled: try await provider.users.setDisabled(true, user, at: .start, from: .server)
        case .memberRemoved:
            try await provider.members.remove(user, from: id, by: bob.login, at: .start, from: .desk).get()
        case .clientDisabled: try await provider.clients.setDisabled(true, active.client.id, at: .start, from: .server)
        }
    }

    /// All that one of the acts could change.
    fileprivate func state() async throws -> [String] {
        try await world.database.read { transaction in
            try Self.queries.flatMap { sql in try transaction.rows(sql).map { try $0.text(0) } + ["|"] }
        }
    }

    private static let queries =
        [
            "SELECT event FROM audit_events ORDER BY id",
            "SELECT label || last_four || CAST(COALESCE(revoked_at, 0) AS TEXT) FROM api_tokens ORDER BY id",
            """
            SELECT url || CAST(generation AS TEXT) || CAST(COALESCE(deleted_at, 0) AS TEXT) FROM webhooks ORDER BY id
            """,
            "SELECT name FROM passkeys ORDER BY id", "SELECT state FROM totp_secrets ORDER BY id",
            "SELECT name FROM organizations ORDER BY id", "SELECT role FROM memberships ORDER BY created_at, user_id",
            "SELECT state FROM invitations ORDER BY id", "SELECT state FROM device_authorizations ORDER BY id",
        ]
        + [
            "grants", "sessions", "passkey_challenges", "recovery_codes", "wrong_proofs", "webhook_deliveries",
            "outgoing_mail", "recorded_answers",
        ].map { "SELECT CAST(COUNT(*) AS TEXT) FROM \($0)" }
}
