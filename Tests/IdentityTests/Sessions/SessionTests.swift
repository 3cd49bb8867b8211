import JOSE
import Testing

@testable import Identity

@Suite("A session")
struct SessionTests {
    private static let day = Duration.seconds(86_400)

    @Test("is alive for 30 days at most, 14 idle, and until it is ended")
    func life() {
        var session = Session.example()
        #expect(session.isAlive(at: .start))
        #expect(session.isAlive(at: .start + Self.day * 14 - .microseconds(1)))
        #expect(!session.isAlive(at: .start + Self.day * 14))
        session.lastSeenAt = .start + Self.day * 29
        #expect(session.isAlive(at: .start + Self.day * 30 - .microseconds(1)))
        #expect(!session.isAlive(at: .start + Self.day * 30))
        session.endedAt = .start
        #expect(!session.isAlive(at: .start))
    }

    @Test("is locked out by five wrong user codes, for ten minutes after the last")
    func lockout() {
        var session = Session.example()
        for attempt in 1...5 {
            #expect(!session.isLockedOut(at: .start + .seconds(attempt)))
            session.enterWrongUserCode(at: .start + .seconds(attempt))
        }
        #expect(session.isLockedOut(at: .start + .seconds(5)))
        #expect(session.isLockedOut(at: .start + .seconds(605) - .microseconds(1)))
        #expect(!session.isLockedOut(at: .start + .seconds(605)))
        session.enterWrongUserCode(at: .start + .seconds(605))
        #expect(session.wrongUserCodes == 1)
        #expect(!session.isLockedOut(at: .start + .seconds(605)))
    }

    @Test("has a new secret at each login, and only that secret is it", arguments: Engine.withFiles)
    func secrets(engine: Engine) async throws {
        let world = try await World(engine)
        let (one, two) = (try await world.visitor(), try await world.visitor())
        #expect(one.user.id == two.user.id)
        #expect(one.secret.text != two.secret.text)
        #expect(one.authenticated.session.id != two.authenticated.session.id)
        let text = Array(one.secret.text)
        for index in text.indices {
            var altered = text
            altered[index] = text[index] == "A" ? "B" : "A"
            guard let secret = OneTimeSecret(String(altered)) else { continue }
            #expect(try await world.provider.sessions.authenticate(secret, at: .start) == nil)
        }
        #expect(try !world.stores(one.secret.text))
    }

    @Test("fixed before the login is not the one that is signed in", arguments: Engine.all)
    func fixation(engine: Engine) async throws {
        let world = try await World(engine)
        let planted = OneTimeSecret(random: .system)
        let token = try await world.link(by: .browser(planted, returnTo: "/")).token
        _ = try await world.provider.magicLinkSignIn.spend(token, browser: planted, at: .start, from: .desk).get()
        #expect(try await world.provider.sessions.authenticate(planted, at: .start) == nil)
    }

    @Test("lives on while it is used, and is over when idle, however often the server restarts", arguments: Engine.all)
    func idle(engine: Engine) async throws {
        var world = try await World(engine)
        let ada = try await world.visitor()
        for days in [10, 20] {
            world = try await world.restarted()
            let now = Instant.start + Self.day * days
            let found = try await world.provider.sessions.authenticate(ada.secret, at: now)
            #expect(found?.user.id == ada.user.id)
            #expect(try await world.number("SELECT last_seen_at FROM sessions") == now.microseconds)
        }
        #expect(try await world.provider.sessions.authenticate(ada.secret, at: .start + Self.day * 30) == nil)

        let bob = try await world.visitor("bob@example.com")
        #expect(try await world.provider.sessions.authenticate(bob.secret, at: .start + Self.day * 14) == nil)
    }

    @Test("is written down as seen at most every five minutes", arguments: Engine.all)
    func sightings(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        for (seconds, seen) in [(299, 0), (300, 300), (599, 300), (600, 600)] {
            _ = try await world.provider.sessions.authenticate(ada.secret, at: .start + .seconds(seconds))
            let stored = try await world.number("SELECT last_seen_at FROM sessions")
            #expect(stored == (Instant.start + .seconds(seen)).microseconds)
        }
    }

    @Test("is over at once when ended by its person, and by no one else", arguments: Engine.all)
    func ending(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, bob) = (try await world.visitor(), try await world.visitor("bob@example.com"))
        let sessions = world.provider.sessions
        let id = ada.authenticated.session.id
        #expect(try await sessions.end(id, of: bob.user.id, at: .start, from: .desk) == false)
        #expect(try await sessions.authenticate(ada.secret, at: .start) != nil)
        #expect(try await sessions.end(id, of: ada.user.id, at: .start, from: .desk))
        #expect(try await sessions.end(id, of: ada.user.id, at: .start, from: .desk) == false)
        #expect(try await sessions.authenticate(ada.secret, at: .start) == nil)
        #expect(try await sessions.authenticate(bob.secret, at: .start) != nil)
        #expect(try await world.count(.sessionEnded) == 1)
    }

    @Test("of a disabled person answers nothing until the person is enabled again", arguments: Engine.all)
    func disabled(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        try await world.provider.users.setDisabled(true, ada.user.id, at: .start, from: .server)
        #expect(try await world.provider.sessions.authenticate(ada.secret, at: .start) == nil)
        try await world.provider.users.setDisabled(false, ada.user.id, at: .start, from: .server)
        #expect(try await world.provider.sessions.authenticate(ada.secret, at: .start) != nil)
    }

    @Test("is listed for its person while it lives, the newest first", arguments: Engine.all)
    func list(engine: Engine) async throws {
        let world = try await World(engine)
        _ = try await world.visitor("bob@example.com")
        let first = try await world.visitor()
        let second = try await world.visitor(at: .start + .seconds(1))
        let ended = try await world.visitor(at: .start + .seconds(2))
        let id = ended.authenticated.session.id
        _ = try await world.provider.sessions.end(id, of: first.user.id, at: .start, from: .desk)
        let listed = try await world.provider.sessions.all(of: first.user.id, at: .start + .seconds(3)).map(\.id)
        #expect(listed == [second.authenticated.session.id, first.authenticated.session.id])
        #expect(try await world.provider.sessions.all(of: first.user.id, at: .start + Self.day * 30).isEmpty)
    }
}

extension Session {
    fileprivate static func example() -> Session {
        Session(
            id: .init(rawValue: 1), user: .init(rawValue: 1), authTime: .start, amr: ["email"], address: "", agent: "",
            createdAt: .start, lastSeenAt: .start, expiresAt: .start + lifetime, endedAt: nil, wrongUserCodes: 0,
            lastWrongUserCodeAt: nil)
    }
}
