import Testing

@testable import Identity

@Suite("A set of scopes")
struct ScopeSetTests {
    @Test("keeps the order in which scopes were named, each once")
    func order() {
        #expect(ScopeSet(parsing: "b a  b c a")?.names == ["b", "a", "c"])
        #expect(ScopeSet(parsing: " a ")?.description == "a")
        #expect(ScopeSet(parsing: "")?.isEmpty == true)
        #expect(ScopeSet(["x", "x"]).names == ["x"])
    }

    @Test(
        "takes the characters of RFC 6749 §3.3 and no others",
        arguments: ["a\"b", "a\\b", "a\tb", "a\nb", "a\u{0}b", "ä", "a\u{7F}", "a\u{301}", "a \u{301}b", "a\u{A0}b"])
    func alphabet(text: String) {
        #expect(ScopeSet(parsing: text) == nil)
    }

    @Test("takes every printable ASCII character but quote and backslash")
    func everyToken() {
        let tokens = (0x21...0x7E).filter { $0 != 0x22 && $0 != 0x5C }.map { String(UnicodeScalar(UInt8($0))) }
        #expect(ScopeSet(parsing: tokens.joined(separator: " "))?.names == tokens)
    }

    @Test("is at most 100 scopes and 4,096 octets")
    func limits() {
        let names = (1...101).map { "scope:\($0)" }
        #expect(ScopeSet(parsing: names.dropLast().joined(separator: " "))?.names.count == 100)
        #expect(ScopeSet(parsing: names.joined(separator: " ")) == nil)
        #expect(ScopeSet(parsing: String(repeating: "a", count: 4_096)) != nil)
        #expect(ScopeSet(parsing: String(repeating: "a", count: 4_097)) == nil)
    }

    @Test("reads back as it was stored")
    func stored() {
        let scopes: ScopeSet = ["jobs:read", "bills:read"]
        #expect(ScopeSet(stored: scopes.description) == scopes)
        #expect(scopes.contains("jobs:read") && !scopes.contains("jobs") && !scopes.contains(""))
        #expect(scopes.intersection(scopes) == scopes)
        #expect(scopes.intersection(["bills:read", "mail:read"]) == ["bills:read"])
        #expect(scopes.intersection([]).isEmpty)
        #expect(scopes.subtracting(["jobs:read"]) == ["bills:read"])
    }
}
