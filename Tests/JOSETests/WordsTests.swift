import JOSE
import Testing

@Suite("Lists of words")
struct WordsTests {
    @Test(
        "a space is a border whatever stands beside it, and empty words are none",
        arguments: [
            ("", []), (" ", []), ("jobs:read", ["jobs:read"]), ("a b", ["a", "b"]), ("  a   b ", ["a", "b"]),
            // A space and a combining mark are one character, but two code points: the space still parts.
            ("a \u{301}b", ["a", "\u{301}b"]), ("a\tb\nc", ["a\tb\nc"]),
        ])
    func words(_ text: String, _ expected: [String]) {
        #expect(text.words == expected)
        #expect(expected.wordList == expected.joined(separator: " "))
        #expect(expected.wordList.words == expected)
        #expect(expected.allSatisfy(text.hasWord))
    }

    @Test(
        "a word is found to the letter, and no part of one is a word",
        arguments: [
            ("jobs:read jobs:write", "jobs:read", true), ("jobs:read jobs:write", "jobs:write", true),
            ("a jobs:read b", "jobs:read", true), ("  a", "a", true), ("jobs:readers", "jobs:read", false),
            ("myjobs:read", "jobs:read", false), ("jobs:read jobs:write", "jobs:read jobs:write", false),
            ("jobs:read", "jobs:rea", false), ("jobs:read", "JOBS:READ", false), ("a b", "", false), ("", "", false),
            ("", "a", false), ("a b", " ", false), ("\u{212A}", "K", false),
        ])
    func hasWord(_ list: String, _ word: String, _ isThere: Bool) {
        #expect(list.hasWord(word) == isThere)
    }
}
