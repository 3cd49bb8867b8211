import ArgumentParser
import JOSE
import Testing

@testable import latchkey

@Suite("Lines for people")
struct ReadableLinesTests {
    @Test("one is one, and all other numbers are many")
    func counts() {
        #expect([0, 1, 2].map { $0.of("login") } == ["0 logins", "1 login", "2 logins"])
        #expect(Int64(1_000).of("call") == "1,000 calls")
        #expect([1, 2].map { $0.of("code or link", "codes and links") } == ["1 code or link", "2 codes and links"])
    }

    @Test("up to eight scopes are named, of more the number is told and the command that shows them")
    func scopes() {
        let scopes = (1...9).map { "s\($0)" }
        #expect(scopes.dropLast().map { $0 }.asScopes == "s1 s2 s3 s4 s5 s6 s7 s8")
        #expect(scopes.asScopes == "9 scopes; see them: latchkey scopes, or latchkey whoami --json")
    }

    @Test("an event with many scopes names five of them; a label is never cut")
    func auditLine() {
        let event: JSONObject = [
            "event": "API_TOKEN_CREATED", "after": .object(["scopes": "a b c d e f g", "label": "a b c d e f g"]),
            "detail": .object(["scope": "a b c d e"]),
        ]
        let line = AuditEventReport(json: event).line
        #expect(line.contains("scopes: a b c d e … and 2 more"), "\(line)")
        #expect(line.contains("label: a b c d e f g") && line.contains("scope=a b c d e"), "\(line)")
        #expect(!line.contains("and 0 more"), "\(line)")
    }

    @Test("the command that is named next has the flags of this one, as a shell reads them, and no password")
    func repeatedFlags() throws {
        #expect(try DatabaseOptions.parse([]).repeated() == "")
        let given = try DatabaseOptions.parse(["--data", "it's here", "--config", "/etc/latchkey.json"])
        #expect(given.repeated(keys: "k") == #" --data 'it'\''s here' --keys k --config /etc/latchkey.json"#)
        let plain = try DatabaseOptions.parse(["--database", "postgres://ada@db:5432/latchkey"])
        #expect(plain.repeated() == " --database postgres://ada@db:5432/latchkey")
        for url in ["postgres://ada:pw@db/x", "postgres://ada:p/w@db/x", "postgres://db/x?password=pw"] {
            #expect(try DatabaseOptions.parse(["--database", url]).repeated() == " --database URL")
        }
    }
}
