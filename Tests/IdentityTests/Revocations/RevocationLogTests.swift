import JOSE
import Testing

@testable import Identity

@Suite("The log of revocations")
struct RevocationLogTests {
    private static let now = Instant(seconds: 1_800_000_000)

    private func ended(_ name: String, _ seconds: Int64) -> Revocation {
        Revocation(name, at: Self.now + .seconds(seconds))
    }

    private func log(_ entries: Revocation...) -> RevocationLog {
        var log = RevocationLog()
        log.replace(after: Instant(microseconds: 0), with: entries, at: Self.now)
        return log
    }

    @Test("tells everything once, in the order of time, and then what is new")
    func inOrder() {
        var log = log(ended("b", 2), ended("a", 1))
        let first = log.page(after: nil)
        #expect(first.entries.map(\.name) == ["a", "b"] && !first.hasMore)
        #expect(log.page(after: first.cursor).entries.isEmpty)
        #expect(log.page(after: first.cursor).cursor == first.cursor)
        log.replace(after: Self.now, with: [ended("a", 1), ended("b", 2), ended("c", 3)], at: Self.now)
        #expect(log.page(after: first.cursor).entries.map(\.name) == ["c"])
    }

    @Test("an empty log has a cursor too, from which the first revocation is told")
    func empty() throws {
        var log = log()
        let first = log.page(after: nil)
        #expect(first.entries.isEmpty && !first.hasMore)
        let cursor = try #require(RevocationCursor(first.cursor.description))
        log.replace(after: Self.now - .seconds(60), with: [ended("a", 0)], at: Self.now)
        #expect(log.page(after: cursor).entries.map(\.name) == ["a"])
    }

    @Test("one that was committed late, by a time before the cursor, is told with all of the overlap")
    func late() {
        var log = log(ended("old", -200), ended("a", -30), ended("c", 0))
        let cursor = log.page(after: nil).cursor
        let read = [ended("a", -30), ended("late", -20), ended("c", 0)]
        log.replace(after: Self.now - RevocationLog.overlap, with: read, at: Self.now)
        let page = log.page(after: cursor)
        #expect(page.entries.map(\.name) == ["a", "late", "c"])
        #expect(log.page(after: page.cursor).entries.isEmpty)
    }

    @Test("a node that knows less than the one before tells nothing, and gives the same cursor back")
    func behind() {
        let ahead = log(ended("a", -30), ended("b", 0))
        let behind = log(ended("a", -30))
        let cursor = ahead.page(after: nil).cursor
        #expect(behind.page(after: cursor).entries.isEmpty)
        #expect(behind.page(after: cursor).cursor == cursor)
    }

    @Test("a page has a bound, the next one goes on after it, and no moment is cut in two")
    func pages() {
        var entries = (0..<RevocationLog.pageSize - 1).map { ended("early\($0)", Int64($0) - 5_000) }
        entries += (0..<50).map { ended("together\($0)", 0) }
        entries += [ended("last", 1)]
        var log = RevocationLog()
        log.replace(after: Instant(microseconds: 0), with: entries, at: Self.now)
        let first = log.page(after: nil)
        #expect(first.hasMore && first.entries.count == RevocationLog.pageSize + 49)
        let second = log.page(after: first.cursor)
        #expect(second.entries.map(\.name) == ["last"] && !second.hasMore)
    }

    @Test("what is older than every access token is forgotten")
    func retention() {
        var log = log(ended("old", 0))
        log.replace(after: Self.now + .seconds(1), with: [], at: Self.now + RevocationLog.retention - .seconds(1))
        #expect(log.entries.map(\.name) == ["old"])
        log.replace(after: Self.now + .seconds(1), with: [], at: Self.now + RevocationLog.retention)
        #expect(log.entries.isEmpty)
    }

    @Test(
        "a cursor is read as it was given out, and in no other spelling",
        arguments: ["", ".", "1", "1.", ".1", "1.2.3", "-1.2", "1.-2", "01.2", "1.+2", "9223372036854775808.1", "a.b"])
    func cursors(_ text: String) {
        #expect(RevocationCursor("1800000000000000.3")?.count == 3)
        #expect(RevocationCursor(text) == nil)
    }

    @Test(
        "a cursor at either end of time traps nothing", arguments: ["0.0", "9223372036854775807.9223372036854775807"])
    func extremes(_ text: String) {
        let log = log(ended("a", 0))
        let pages = [RevocationCursor(text)].compactMap { $0.map { log.page(after: $0) } }
        #expect(pages.count == 1)
    }
}
