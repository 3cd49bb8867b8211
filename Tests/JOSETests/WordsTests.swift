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
    }
}
