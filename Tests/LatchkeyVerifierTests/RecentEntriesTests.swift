import Synchronization
import Testing

@testable import LatchkeyVerifier

@Suite("Entries kept while they are in use")
struct RecentEntriesTests {
    private let half = 100
    private func entries() -> RecentEntries<Int, Int> { RecentEntries(halfCapacity: half) }

    /// Tells when it is freed.
    private final class Noted: Sendable {
        static let alive = Atomic(0)
        init() { Self.alive.add(1, ordering: .relaxed) }
        deinit { Self.alive.subtract(1, ordering: .relaxed) }
    }

    @Test("are never more than two halves, and those that make room are freed one by one")
    func bounded() {
        var entries = RecentEntries<Int, Noted>(halfCapacity: half)
        for number in 0..<(20 * half) {
            let before = Noted.alive.load(ordering: .relaxed)
            entries.insert(Noted(), number)
            let now = Noted.alive.load(ordering: .relaxed)
            #expect(before - now <= 0, "one came, and at most one went, at \(number)")
            #expect(now <= 2 * half && entries.count == now)
        }
        #expect(entries.count > half)
    }

    @Test("that were just asked for or changed outlive a whole half of others, and then another")
    func used() {
        var entries = entries()
        entries.insert(1, -1)
        entries.insert(2, -2)
        for number in 0..<(10 * half) {
            entries.insert(0, number)
            guard number % half == half - 1 else { continue }
            #expect(entries.entry(-1) { _ in true } == 1, "after \(number)")
            #expect(entries.update(-2, initially: 0) { $0 } == 2, "after \(number)")
        }
        #expect(entries.entry(0) { _ in true } == nil)
    }

    @Test("are found in the half before, and are gone after two halves of others")
    func forgotten() {
        var entries = entries()
        entries.insert(1, -1)
        for number in 0..<(2 * half - 1) { entries.insert(0, number) }
        // Found without being used: what may not be used stays where it lies.
        var isFound = false
        _ = entries.entry(-1) { _ in
            isFound = true
            return false
        }
        #expect(isFound)
        entries.insert(0, 2 * half)
        #expect(entries.entry(-1) { _ in true } == nil)
    }

    @Test("that are removed are in neither half, and come back as what is given anew")
    func removed() {
        var entries = entries()
        entries.insert(1, -1)
        for number in 0..<half { entries.insert(0, number) }
        // Asked for, it lies in both; changed, the young one is the true one.
        entries.update(-1, initially: 0) { $0 += 1 }
        #expect(entries.remove(-1) == 2)
        #expect(entries.entry(-1) { _ in true } == nil && entries.remove(-1) == nil)
        for number in 0..<half { entries.insert(0, number) }
        #expect(entries.entry(-1) { _ in true } == nil)
        #expect(entries.update(-1, initially: 7) { $0 } == 7)
    }

    @Test("that may no longer be used are not given from either half")
    func expired() {
        var entries = entries()
        entries.insert(1, -1)
        #expect(entries.entry(-1) { $0 > 1 } == nil)
        for number in 0..<half { entries.insert(0, number) }
        #expect(entries.entry(-1) { $0 > 1 } == nil)
        #expect(entries.entry(-1) { $0 == 1 } == 1)
    }

    @Test("that are replaced make no room for others: a full half is not given up for what it holds already")
    func replaced() {
        var entries = entries()
        entries.insert(1, -1)
        for number in 0..<half { entries.insert(0, number) }
        for _ in 0..<5 { for number in 1...half { entries.insert(2, number) } }
        #expect(entries.entry(-1) { _ in true } == 1)
    }
}
