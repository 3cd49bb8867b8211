/// For how many items a statement is written. There are few sizes, so that each statement's text is constant and the
/// statement stays prepared; what is left over is padded.
enum BatchSize: Int, CaseIterable {
    case one = 1
    case four = 4
    case sixteen = 16
    case sixtyFour = 64

    /// Items for one statement: at least one, and at most its size.
    struct Chunk<Item> {
        let size: BatchSize
        let items: [Item]
    }

    /// Divides items among statements, as few as possible and each as small as possible.
    static func chunks<Item>(of items: [Item]) -> [Chunk<Item>] {
        stride(from: 0, to: items.count, by: sixtyFour.rawValue).map { start in
            let part = Array(items[start...].prefix(sixtyFour.rawValue))
            return Chunk(size: allCases.first { $0.rawValue >= part.count } ?? .sixtyFour, items: part)
        }
    }

    /// The text of a statement in each size.
    static func texts(_ text: (BatchSize) -> String) -> [BatchSize: String] {
        Dictionary(uniqueKeysWithValues: allCases.map { ($0, text($0)) })
    }

    /// A list as long as this size.
    func list(_ element: String, first: String? = nil) -> String {
        ([first ?? element] + repeatElement(element, count: rawValue - 1)).joined(separator: ", ")
    }
}
