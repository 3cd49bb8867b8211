import JOSE
import Testing

@testable import Identity

@Suite("A user code")
struct UserCodeTests {
    @Test("is eight of twenty consonants, shown in two groups, and any of them comes up")
    func alphabet() {
        var seen: Set<Character> = []
        for _ in 0..<200 {
            let text = UserCode(random: .system).description
            #expect(text.wholeMatch(of: /[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}/) != nil)
            seen.formUnion(text)
        }
        #expect(seen == Set("BCDFGHJKLMNPQRSTVWXZ-"))
    }

    @Test("reads every letter of its alphabet in either case, and no other letter or digit")
    func letters() {
        for scalar in UInt8(ascii: "0")...UInt8(ascii: "z") {
            let letter = Character(UnicodeScalar(scalar))
            let code = UserCode("BCDF-GHJ\(letter)")
            if "BCDFGHJKLMNPQRSTVWXZ".contains(letter.uppercased()) {
                #expect(code?.description == "BCDF-GHJ\(letter.uppercased())")
            } else {
                #expect(code == nil, "\(letter)")
            }
        }
    }

    @Test(
        "is read however a person types or pastes it",
        arguments: [
            "BCDF-GHJK", "bcdf-ghjk", "BcDfGhJk", "BCDFGHJK", " bcdf ghjk ", "bc-df-gh-jk", "bcdf_ghjk", "bcdf.ghjk",
            "bcdf–ghjk", "bcdf\u{A0}ghjk", "\tBCDF-GHJK\r\n", "(BCDF-GHJK)", "“BCDF-GHJK”", "b c d f g h j k",
        ])
    func typed(text: String) {
        #expect(UserCode(text)?.description == "BCDF-GHJK")
    }

    @Test(
        "with a letter too few, too many or foreign is none",
        arguments: [
            "", "BCDF-GHJ", "BCDF-GHJKL", "ACDF-GHJK", "BCDF-GHJ0", "BCDF-GHJß", "ＢCDF-GHJK", "BCDF-GHJſ",
            "BCDF-GHJ\u{0}K",
            "BCDF-GHJK\u{301}", "BCDF+GHJK", "ﬅBCDFGH", String(repeating: "-", count: 60) + "BCDFGHJK",
        ])
    func refused(text: String) {
        #expect(UserCode(text) == nil)
    }

    @Test("is stored under a key, so that a copy of the database does not give it away")
    func keyed() {
        let code = UserCode(random: .system)
        let other = PurposeKeys(master: .second)
        #expect(code.code(PurposeKeys.first.codes) == UserCode(code.description)?.code(PurposeKeys.first.codes))
        #expect(code.code(PurposeKeys.first.codes) != code.code(other.codes))
        #expect(code.code(PurposeKeys.first.codes) != SHA256.hash(Array(code.description.utf8)))
    }
}
