import Database
import HTTPTypes
import Identity
import JOSE
import Testing

@testable import IdentityHTTP

/// A row that somebody or something has damaged past the program. PostgreSQL takes no such text.
struct CorruptRowTests {
    @Test(
        "a name that is not UTF-8 is an error with its cause in the log, for its own user and for nobody else",
        .enabled(if: (try? TestEngine.current) == .sqlite))
    func name() async throws {
        try await withServer { server in
            let (ada, bob) = (try await server.login(), try await server.login("bob@example.org"))
            let browser = try await server.browser(signedInAs: "ada@example.org")
            let id = try #require(try await server.user("ada@example.org")).id.rawValue
            func name(_ bytes: [UInt8]) async throws {
                _ = try await server.database.write { transaction in
                    try transaction.run(
                        "UPDATE users SET name = CAST(? AS TEXT) WHERE id = ?", .blob(bytes), .integer(id))
                }
            }
            try await name(Array("Ada ".utf8) + [0xFF])
            let refused = try await server.me(ada.access)
            #expect(refused.status == .internalServerError && refused.error == "server_error")
            #expect(!refused.text.contains("UTF-8") && !refused.text.contains("\u{FFFD}"))
            let page = try await browser.get("/account")
            #expect(page.status == .internalServerError && !page.text.contains("\u{FFFD}"))
            #expect(server.site.log.text.contains("holds text that is not UTF-8"))
            #expect(try await server.me(bob.access).status == .ok)
            #expect(try await server.get("/readyz").status == .ok)
            try await name(Array("Ada".utf8))
            #expect(try await server.me(ada.access).status == .ok)
        }
    }
}
