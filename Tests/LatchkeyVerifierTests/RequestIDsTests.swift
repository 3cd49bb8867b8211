import LatchkeyVerifier
import Testing

@Suite("Names of requests")
struct RequestIDsTests {
    @Test("a caller's own is kept when it is 1 to 128 harmless characters, and replaced otherwise")
    func own() {
        let names = RequestIDs()
        for own in ["a", "Az09._-", String(repeating: "x", count: 128)] { #expect(names.name(keeping: own) == own) }
        let hostile = [
            nil, "", "a b", "a\"b", "<b>", "a\r\nb", "a\u{0}", "\u{e9}", "a/b", "a,b",
            String(repeating: "x", count: 129),
        ]
        let made = hostile.map { names.name(keeping: $0) }
        for name in made { #expect(name.wholeMatch(of: /req_[A-Za-z0-9_-]{16}/) != nil, "\(name)") }
        #expect(Set(made).count == hostile.count)
    }

    @Test("half of a name is drawn once, half counts, and what is made is kept by the next system")
    func made() {
        let names = RequestIDs(random: RandomSource { $0.copyBytes(from: repeatElement(0xFF, count: $0.count)) })
        // The count goes on from its end to 0, and does not trap there.
        let made = (0..<3).map { _ in names.name(keeping: nil) }
        #expect(made == ["req_________AAAAAAAA", "req_________AQAAAAAA", "req_________AgAAAAAA"])
        #expect(made.map { RequestIDs().name(keeping: $0) } == made)
    }

    @Test("a thousand made at once are a thousand")
    func atOnce() async {
        let names = RequestIDs()
        let made = await withTaskGroup(of: [String].self) { group in
            for _ in 0..<10 { group.addTask { (0..<100).map { _ in names.name(keeping: nil) } } }
            return await group.reduce(into: Set<String>()) { $0.formUnion($1) }
        }
        #expect(made.count == 1000)
    }
}
