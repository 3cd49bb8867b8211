import Testing

@testable import Identity

@Suite("Sizes of batches")
struct BatchSizeTests {
    @Test("every item is in one chunk, in its order, and no chunk is larger than its statement", arguments: 0...200)
    func chunks(count: Int) {
        let chunks = BatchSize.chunks(of: Array(0..<count))
        #expect(chunks.flatMap(\.items) == Array(0..<count))
        #expect(chunks.allSatisfy { !$0.items.isEmpty && $0.items.count <= $0.size.rawValue })
    }

    @Test("a list is as long as its size")
    func lists() {
        #expect(BatchSize.one.list("?") == "?")
        #expect(BatchSize.four.list("?") == "?, ?, ?, ?")
        #expect(BatchSize.four.list("b", first: "a") == "a, b, b, b")
    }
}
