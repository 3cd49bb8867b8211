import Identity
import Testing

@Suite("An email address")
struct EmailAddressTests {
    @Test(
        "is a dot-atom, an at-sign and a host name",
        arguments: [
            "ada@example.com", "a@b.co", "ada.lovelace+tag@mail.example.co.uk", "o'hara@example.ie", "x@localhost",
            "!#$%&'*+-/=?^_`{|}~@example.com", "a@xn--bcher-kva.example", "1@1.example", "a@3com.example",
        ])
    func accepted(typed: String) {
        #expect(EmailAddress(typed)?.text == typed)
    }

    @Test(
        "that could mean two recipients, or another than it shows, is none (CVE-2022-35924)",
        arguments: [
            "a@x.org,b@y.org", "a@x.org;b@y.org", "a@x.org b@y.org", "a@x.org\tb@y.org", "\"e@evil\"@x.org",
            "\"a b\"@x.org", "a＠x.org", "a@x．org", "аdmin@exаmple.com", "a@exämple.org", "a@x.org\r\nBcc: b@y.org",
            "a@x.org\n", "\ra@x.org", "a@x.org\u{0}", "a@x.org\u{2028}", "a@b@x.org", "<a@x.org>", "Ada <a@x.org>",
            "a@x.org>", "a(comment)@x.org", "a@x.org(comment)", "a@[127.0.0.1]", "a@[IPv6:::1]", "mailto:a@x.org",
            "a\\@b@x.org", "a@x.org?subject=x", "a@x.org%0ab", "a@x.org/", "a:b@x.org", "a@x.org:25", "a@\u{202E}gro.x",
            "a@127.0.0.1", "a@10.1", "a@host.123",
        ])
    func ambiguous(typed: String) {
        #expect(EmailAddress(typed) == nil)
    }

    @Test(
        "that is malformed is none",
        arguments: [
            "", "@", "a", "a@", "@x.org", "a@x", ".a@x.org", "a.@x.org", "a..b@x.org", "a@.org", "a@x.", "a@x..org",
            "a@-x.org", "a@x-.org", "a@x.org.", "a@x_y.org", "a b@x.org", "   ", "a@ x.org",
        ])
    func malformed(typed: String) {
        #expect(EmailAddress(typed) == nil)
    }

    @Test("keeps to the lengths of RFC 5321: 64 before the at-sign, 63 a label, 254 in all")
    func lengths() {
        let label = String(repeating: "d", count: 63)
        let longest = String(repeating: "l", count: 64) + "@\(label).\(label).\(String(repeating: "d", count: 57)).de"
        #expect(longest.utf8.count == 254 - 1)
        #expect(EmailAddress(longest) != nil)
        #expect(EmailAddress("l" + longest) == nil)
        #expect(EmailAddress("l@\(label)d.de") == nil)
        #expect(EmailAddress("l@\(label).\(label).\(label).\(label)") == nil)
        #expect(EmailAddress(String(repeating: "a", count: 388) + "@example.com") == nil)
        #expect(EmailAddress("a@" + String(repeating: "d.", count: 10_000) + "de") == nil)
    }

    @Test("is kept as typed and compared in lower case")
    func canonical() throws {
        let typed = try #require(EmailAddress("  Ada.L@Example.COM "))
        #expect(typed.text == "Ada.L@Example.COM")
        #expect(typed.canonical == "ada.l@example.com")
        #expect(typed.localPart == "Ada.L")
        #expect(typed.description == typed.text)
    }
}
