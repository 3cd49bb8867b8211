import Database
import JOSE
import Testing

@testable import Identity

@Suite("An identifier")
struct IdentifierTests {
    @Test("is its prefix, an underscore and thirteen characters of lower-case base32, and reads back")
    func form() {
        for _ in 0..<200 {
            let id = User.ID(at: .start, random: .system)
            let text = id.description
            #expect(text.wholeMatch(of: /usr_[0-7][0-9a-hjkmnp-tv-z]{12}/) != nil)
            #expect(User.ID(text) == id)
        }
    }

    @Test(
        "has one spelling",
        arguments: [
            "", "usr_", "usr_0000000000000", "USR_1ANSDP7600001", "usr-1ansdp7600001", "usr_1ANSDP7600001",
            "org_1ansdp7600001", "usr_1ansdp760000", "usr_1ansdp76000010", " usr_1ansdp7600001", "usr_1ansdp7600001\n",
            "usr_1ansdp760000l", "usr_1ansdp760000i", "usr_1ansdp760000o", "usr_1ansdp760000u", "usr_8000000000000",
            "usr_zzzzzzzzzzzzz", "usr_-ansdp7600001", "usr_1ansdp760000é", "usr_1ansdp760000\u{0}",
        ])
    func oneSpelling(text: String) {
        #expect(User.ID(text).map(\.description) == (text == "usr_0000000000000" ? text : nil))
    }

    @Test("holds 63 bits, never a negative number")
    func sixtyThreeBits() {
        #expect(User.ID("usr_7zzzzzzzzzzzz")?.rawValue == .max)
        #expect(User.ID(rawValue: .max).description == "usr_7zzzzzzzzzzzz")
        #expect(User.ID(rawValue: -1).rawValue == .max)
        let ends: [Instant] = [.start, Instant(microseconds: .max), Instant(microseconds: .min)]
        for now in ends {
            #expect(User.ID(at: now, random: .numbers([.max])).rawValue >= 0)
        }
    }

    @Test("is made of 42 bits of milliseconds and 21 random bits")
    func layout() {
        let id = User.ID(at: .start, random: .numbers([.max]))
        #expect(id.rawValue >> 21 == 1_800_000_000_000)
        #expect(id.rawValue & 0x1F_FFFF == 0x1F_FFFF)
    }

    @Test("sorts by the time it was made, as a number and as a text")
    func order() {
        let ids = (0..<50).map { User.ID(at: .start + .milliseconds($0), random: .system) }
        #expect(ids == ids.sorted())
        #expect(ids.map(\.description) == ids.map(\.description).sorted())
    }

    @Test("of another row is never given: a clash draws again", arguments: Engine.all)
    func clash(engine: Engine) async throws {
        let world = try await World(engine)
        let taken = try await world.insertUser("ada", random: .numbers([1]))
        let next = try await world.insertUser("bob", random: .numbers([1, 1, 2]))
        #expect(taken.rawValue & 0x1F_FFFF == 1)
        #expect(next.rawValue & 0x1F_FFFF == 2)
        await #expect(throws: DatabaseFailure.self) {
            try await world.insertUser(
                "eve", random: RandomSource { $0.initializeMemory(as: UInt8.self, repeating: 0) })
            try await world.insertUser(
                "eva", random: RandomSource { $0.initializeMemory(as: UInt8.self, repeating: 0) })
        }
    }
}

extension World {
    @discardableResult
    fileprivate func insertUser(_ name: String, random: RandomSource) async throws -> User.ID {
        try await database.write { transaction in
            try transaction.insert(at: .start, random: random) { id in
                try transaction.run(
                    """
                    INSERT INTO users (id, email, email_canonical, name, created_at) VALUES (?, ?, ?, ?, 0)
                    ON CONFLICT (id) DO NOTHING
                    """, .id(id), .text(name), .text(name), .text(name))
            }
        }
    }
}
