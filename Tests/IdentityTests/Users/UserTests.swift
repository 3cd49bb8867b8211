import JOSE
import Testing

@testable import Identity

@Suite("Users")
struct UserTests {
    @Test("have names of 1 to 100 characters, without control characters, marks of direction or white space around")
    func names() {
        #expect(User.name(from: "  Ada Lovelace\t\n") == "Ada Lovelace")
        #expect(User.name(from: "Ä") == "Ä")
        #expect(User.name(from: "李 小龙") == "李 小龙")
        #expect(User.name(from: "<b>&\"'") == "<b>&\"'")
        let family = "👩‍👩‍👧‍👦"
        #expect(User.name(from: String(repeating: "a", count: 100)) != nil)
        #expect(User.name(from: String(repeating: family, count: 16)) == String(repeating: family, count: 16))
        #expect(
            User.name(from: "\u{645}\u{6CC}\u{200C}\u{62E}\u{648}\u{627}\u{647}\u{645}") != nil, "a joiner of Persian")
        #expect(User.name(from: "\u{5D0}\u{5D3}\u{5D4}") != nil, "letters that are read from the right")
        for mark in "\u{61C}\u{200E}\u{200F}\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\u{2066}\u{2067}\u{2068}\u{2069}"
            .unicodeScalars
        { #expect(User.name(from: "a\(mark)b") == nil, "\(mark.value)") }
        let refused = [
            "", "   ", "\u{A0}\u{2003}", "a\nb", "a\u{0}b", "a\u{7F}", "a\u{85}b", "\u{1B}[31m",
            String(repeating: "a", count: 101), String(repeating: family, count: 17), "Ada\r\nBcc: eve@example.com",
        ]
        for typed in refused {
            #expect(User.name(from: typed) == nil, "\(typed)")
        }
    }

    @Test("are renamed, and the audit tells", arguments: Engine.all)
    func renaming(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        let users = world.provider.users
        #expect(try await users.rename(by: ada.login, to: "Ada", at: .start, from: .desk).name == "Ada")
        #expect(try await users.rename(by: ada.login, to: "Ada", at: .start, from: .desk).name == "Ada")
        #expect(try await users.find(ada.user.id)?.name == "Ada")
        #expect(try await world.count(.userRenamed) == 1)
        try await users.setDisabled(true, ada.user.id, at: .start, from: .server)
        await #expect(throws: LoginEnded.self) {
            _ = try await users.rename(by: ada.login, to: "Eve", at: .start, from: .desk)
        }
        #expect(try await world.count(.userRenamed) == 1)
    }

    @Test("are found by identifier, and by address in any case", arguments: Engine.all)
    func finding(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor("Ada@example.com")
        let users = world.provider.users
        #expect(try await users.find(ada.user.id)?.email.text == "Ada@example.com")
        #expect(try await users.find(try #require(EmailAddress("aDA@EXAMPLE.com")))?.id == ada.user.id)
        #expect(try await users.find(try #require(EmailAddress("eve@example.com"))) == nil)
        #expect(try await users.find(.init(rawValue: 1)) == nil)
    }

    @Test("are disabled and enabled with one event each, however often it is said", arguments: Engine.all)
    func disabling(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        let before = try await world.tally()
        for disabled in [false, true, true, false, false] {
            try await world.provider.users.setDisabled(disabled, ada.user.id, at: .start, from: .server)
        }
        try await world.provider.users.setDisabled(true, .init(rawValue: 1), at: .start, from: .server)
        #expect(try await world.events(since: before) == [.userDisabled: 1, .userEnabled: 1])
    }

    @Test("have the address they signed up by once: the schema itself refuses a second", arguments: Engine.all)
    func unique(engine: Engine) async throws {
        let world = try await World(engine)
        let visitors = try await inParallel(20) { _ in
            let browser = OneTimeSecret(random: .system)
            let address = try #require(EmailAddress("ada@example.com"))
            return try await world.provider.magicLinks.request(
                address, by: .browser(browser, returnTo: "/"), at: .start, from: .desk)
        }
        #expect(visitors.count == 20)
        #expect(try await world.number("SELECT COUNT(*) FROM magic_links WHERE state = 'waiting'") == 1)
        _ = try await world.visitor("ada@example.com")
        await #expect(throws: (any Error).self) {
            try await world.tamper(
                """
                INSERT INTO users (id, email, email_canonical, name, created_at) VALUES (1, 'x', 'ada@example.com', 'x', 0)
                """)
        }
    }
}
