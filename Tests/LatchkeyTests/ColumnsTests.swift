import Testing

@testable import latchkey

@Suite("Columns of text")
struct ColumnsTests {
    @Test(
        "characters have the width that terminals give them",
        arguments: [
            ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("李", 2), ("カフェ", 6), ("한글", 4), ("ｆｕｌｌ", 8),
            ("ﾊﾝ", 2), ("🙂", 2), ("👍🏽", 2), ("🇩🇪", 2), ("☕️", 2), ("→", 1), ("…", 1), ("Привет", 6), ("𠮷", 2), ("#️⃣", 1),
        ])
    func widths(text: String, width: Int) {
        #expect(text.columnWidth == width)
    }

    @Test("columns stand below one another whatever is written in them")
    func aligned() {
        let lines = Terminal.aligned([
            ["ID", "LABEL", "END"], ["1", "Müller", "x"], ["2", "李小龍", "x"], ["3", "🙂\u{202E}", "x"],
        ])
        #expect(lines == ["ID  LABEL   END", "1   Müller  x", "2   李小龍  x", "3   🙂      x"])
    }

    @Test("text is broken by its width, and not by the count of its characters")
    func wrapped() {
        #expect("李李 李李 ab".wrapped(to: 8) == ["李李", "李李 ab"])
    }
}
