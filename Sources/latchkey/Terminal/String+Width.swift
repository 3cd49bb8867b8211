extension String {
    /// How many columns of a terminal it takes: characters of East Asian scripts and emoji take two.
    var columnWidth: Int { reduce(0) { $0 + $1.columnWidth } }

    /// The text and spaces up to a width.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(width - columnWidth, 0)) }
}

extension Character {
    fileprivate var columnWidth: Int {
        guard let first = unicodeScalars.first else { return 0 }
        if first.isASCII { return 1 }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .control, .format: return 0
        default: break
        }
        if first.properties.isEmojiPresentation { return 2 }
        // A symbol that is told to be shown as a picture.
        if first.properties.isEmoji, unicodeScalars.dropFirst().first == "\u{FE0F}" { return 2 }
        return Self.wide.contains { $0.contains(first.value) } ? 2 : 1
    }

    /// Wide and fullwidth characters as UAX 11 has them, but for emoji. What lies between and is not assigned counts with its
    /// neighbours.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F,  // Hangul Jamo
        0x2329...0x232A,  // angle brackets
        0x2E80...0x303E,  // radicals, Chinese punctuation
        0x3041...0xA4CF,  // Kana, Bopomofo, ideographs, Yi
        0xA960...0xA97C,  // Hangul Jamo
        0xAC00...0xD7A3,  // Hangul syllables
        0xF900...0xFAFF,  // ideographs
        0xFE10...0xFE19, 0xFE30...0xFE6B,  // vertical and small forms
        0xFF01...0xFF60, 0xFFE0...0xFFE6,  // fullwidth forms
        0x16FE0...0x18CFF,  // Tangut, Khitan
        0x1AFF0...0x1B2FF,  // Kana
        0x1F200...0x1F265,  // enclosed ideographs
        0x20000...0x3FFFD,  // ideographs
    ]
}
