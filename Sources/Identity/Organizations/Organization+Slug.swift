extension Organization {
    /// Slugs are 1 to 40 lower-case letters and digits, with single hyphens between them.
    package static func isSlug(_ text: String) -> Bool {
        let words = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return (1...40).contains(text.utf8.count)
            && words.allSatisfy { word in
                !word.isEmpty
                    && word.allSatisfy { byte in
                        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    }
            }
    }

    /// Lower-case letters and digits of a name, joined by hyphens; `workspace` when nothing is left. Latin letters of
    /// other languages are written as people write them where there is only ASCII: `Ärzte & Söhne` is `aerzte-soehne`.
    static func slug(from name: String) -> String {
        let plain = plainLetters(of: name.lowercased())
        let words = plain.unicodeScalars.split { !("a"..."z" ~= $0 || "0"..."9" ~= $0) }
        let slug = words.map { String(String.UnicodeScalarView($0)) }.joined(separator: "-").prefix(40)
        let trimmed = slug.hasSuffix("-") ? slug.dropLast() : slug
        return trimmed.isEmpty ? "workspace" : String(trimmed)
    }

    /// Whether a letter has its accent in it or after it makes no difference.
    private static func plainLetters(of text: String) -> String {
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\u{308}": if let last = plain.last, "aou".unicodeScalars.contains(last) { plain.append("e") }
            case "\u{300}"..."\u{36F}": break
            default:
                if let letters = folding[scalar] { plain.append(contentsOf: letters) } else { plain.append(scalar) }
            }
        }
        return String(plain)
    }

    /// The lower-case letters of Latin-1 and Latin Extended-A, which the standard library cannot take apart in public.
    private static let folding: [Unicode.Scalar: String.UnicodeScalarView] = {
        let letters = [
            ("a", "àáâãåāăą"), ("ae", "äæ"), ("c", "çćĉċč"), ("d", "ďđð"), ("e", "èéêëēĕėęě"), ("g", "ĝğġģ"),
            ("h", "ĥħ"),
            ("i", "ìíîïĩīĭįı"), ("ij", "ĳ"), ("j", "ĵ"), ("k", "ķĸ"), ("l", "ĺļľŀł"), ("n", "ñńņňŉ"), ("ng", "ŋ"),
            ("o", "òóôõøōŏő"), ("oe", "öœ"), ("r", "ŕŗř"), ("s", "śŝşšſ"), ("ss", "ßẞ"), ("t", "ţťŧ"), ("th", "þ"),
            ("u", "ùúûũūŭůűų"), ("ue", "ü"), ("w", "ŵ"), ("y", "ýÿŷ"), ("z", "źżž"),
        ]
        return letters.reduce(into: [:]) { table, entry in
            for scalar in entry.1.unicodeScalars { table[scalar] = entry.0.unicodeScalars }
        }
    }()
}
