import Testing

@testable import latchkey

@Suite("The QR code")
struct QRCodeTests {
    private let link = "http://localhost:8080/device?user_code=BCDF-GHJK"

    /// Made from the same text by another implementation (PyPI's qrcode, version 3, level L, mask 7).
    private let known = """
        #######..#..#.##..##..#######
        #.....#.#..##.##.##.#.#.....#
        #.###.#.#####..#.####.#.###.#
        #.###.#..###..#...#...#.###.#
        #.###.#.#....####.#.#.#.###.#
        #.....#.##.#.#.##.###.#.....#
        #######.#.#.#.#.#.#.#.#######
        ........##..#.#.###..........
        ##.#..##..#.##..#...#.###.##.
        ...###.#..##..#.###..##..#..#
        ####.###.##..#..##.##.#.####.
        .#..##.....#.#..#..###.#####.
        .#.#..#.#..##..#.#.#.##..#.##
        #.##.#..#.###..#...#.#....#..
        ###...##.#####..###..#..#.###
        .#..##..#.#..#...###..##.#.#.
        #....##....###..##.#.#...#.#.
        .#..##..##..###.#...#.##....#
        #.#...####..###..##.#.##.#.##
        ..##.#.##.##..##.##....#...##
        #.#####.....#.#.#..######.#..
        ........##.###..##..#...#.###
        #######.###..#..#...#.#.#..#.
        #.....#...#####...###...#.##.
        #.###.#..#..#....##.#####...#
        #.###.#.#####.....#.#.#####..
        #.###.#...##.##.....##..#...#
        #.....#.##.###.####.#...#..#.
        #######.#..##.#.##.##..#.#.#.
        """

    @Test("is module for module what another implementation makes of the same link")
    func matrix() throws {
        let code = try #require(QRCode(link))
        let drawn = code.modules.map { row in row.map { $0 ? "#" : "." }.joined() }
        #expect(drawn == known.split(separator: "\n").map(String.init))
    }

    @Test("is drawn in half blocks, black on white, with a margin of two modules")
    func drawing() throws {
        let code = try #require(QRCode(link))
        let lines = code.lines
        #expect(lines.allSatisfy { $0.hasPrefix("\u{1B}[38;5;16;48;5;231m") && $0.hasSuffix("\u{1B}[0m") })
        let blocks = lines.map { $0.split(separator: "m", maxSplits: 1)[1].prefix { $0 != "\u{1B}" } }
        let rows = blocks.flatMap { line in
            [line.map { "█▀".contains($0) }, line.map { "█▄".contains($0) }]
        }
        #expect(rows.allSatisfy { $0.count == code.columns })
        let inner = rows.dropFirst(2).prefix(code.modules.count).map { Array($0.dropFirst(2).dropLast(2)) }
        #expect(inner == code.modules)
        #expect(rows.prefix(2).joined().allSatisfy { !$0 })
        #expect(rows.dropFirst(2 + code.modules.count).joined().allSatisfy { !$0 })
    }

    @Test("is none when the text does not fit")
    func tooLong() {
        #expect(QRCode(String(repeating: "x", count: 3000)) == nil)
        #expect(QRCode("a\0b") == nil)
    }
}

@Suite("Text on the terminal")
struct PrintableTests {
    @Test("what a server sends cannot command the terminal")
    func printable() {
        #expect("a\u{1B}[2Jb\u{7}\u{202E}c\u{9B}d\r".printable == "a[2Jbcd")
        #expect("Ünïcode ✓\n".printable == "Ünïcode ✓\n")
    }

    @Test("long lists are broken between words")
    func wrapped() {
        #expect("a:read b:read c:read".wrapped(to: 13) == ["a:read b:read", "c:read"])
        #expect("abcdefgh i".wrapped(to: 4) == ["abcdefgh", "i"])
        #expect("".wrapped(to: 4).isEmpty)
    }

    @Test("a browser is opened only where there is a screen")
    func browser() {
        #if os(Linux)
            #expect(Browser.opener([:]) == nil)
            #expect(Browser.opener(["DISPLAY": ":0"]) == "xdg-open")
            #expect(Browser.opener(["WAYLAND_DISPLAY": "wayland-0"]) == "xdg-open")
        #endif
    }
}
