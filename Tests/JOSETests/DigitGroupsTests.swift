import JOSE
import Testing

@Suite("Numbers for people")
struct DigitGroupsTests {
    @Test(
        "a comma stands between each three digits, counted from the end, and nowhere else",
        arguments: [
            (0, "0"), (7, "7"), (999, "999"), (1_000, "1,000"), (12_345, "12,345"), (100_000, "100,000"),
            (1_000_000, "1,000,000"), (-1, "-1"), (-999, "-999"), (-1_000, "-1,000"),
            (.max, "9,223,372,036,854,775,807"), (.min, "-9,223,372,036,854,775,808"),
        ] as [(Int64, String)])
    func grouped(number: Int64, text: String) {
        #expect(number.grouped == text)
    }
}
