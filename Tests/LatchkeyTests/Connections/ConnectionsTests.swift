import Logging
import NIOCore
import Synchronization
import Testing

@testable import latchkey

/// The connections that were told to close, by name.
private final class Closed: Sendable {
    private let names = Mutex<[String]>([])

    var all: [String] { names.withLock { $0.sorted() } }

    func add(_ name: String) { names.withLock { $0.append(name) } }
}

@Suite("Connections")
struct ConnectionsTests {
    private let closed = Closed()
    /// 4 places.
    private let limits = ConnectionLimits(openFiles: 8)
    private let connections: Connections

    init() {
        connections = Connections(limits: limits, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func time(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    @discardableResult
    private func open(_ name: String, by caller: String, at seconds: Int64) -> Connection {
        let connection = Connection(caller: caller, limits: limits, at: time(seconds)) { [closed] in closed.add(name) }
        connections.admit(connection, at: time(seconds))
        return connection
    }

    @Test(
        "there are places for as many as files may be open, but some, and never more than 16,384",
        arguments: [(8, 4), (512, 256), (1_024, 768), (20_000, 16_384), (1_000_000, 16_384), (1, 1)])
    func places(openFiles: Int, places: Int) {
        let limits = ConnectionLimits(openFiles: openFiles)
        #expect(limits.connections == places)
        #expect(limits.accepted >= limits.connections)
        #expect(limits.accepted <= max(openFiles, 1))
    }

    @Test("when all places are taken, the caller with the most gives up the one that has waited longest")
    func room() {
        open("honest", by: "a", at: 0)
        open("old", by: "b", at: 1)
        open("young", by: "b", at: 2)
        open("youngest", by: "b", at: 3)
        #expect(closed.all == [])
        open("new", by: "c", at: 4)
        #expect(closed.all == ["old"])
        #expect(connections.count == 4)
    }

    @Test("of callers with as many, the one that has waited longest goes")
    func order() {
        for (second, name) in ["a", "b", "c", "d"].enumerated() { open(name, by: name, at: Int64(second)) }
        open("new", by: "e", at: 9)
        #expect(closed.all == ["a"])
    }

    @Test("a connection whose request is being answered is not closed for another")
    func answering() {
        let busy = open("busy", by: "b", at: 0)
        busy.enter(.answering, limits: limits, at: time(1))
        open("waiting", by: "b", at: 2)
        open("third", by: "b", at: 3)
        open("fourth", by: "b", at: 4)
        open("new", by: "c", at: 5)
        #expect(closed.all == ["waiting"])
    }

    @Test("when every place is busy, the new one is turned away")
    func full() {
        for name in ["a", "b", "c", "d"] {
            open(name, by: name, at: 0).enter(.answering, limits: limits, at: time(0))
        }
        open("new", by: "e", at: 1)
        #expect(closed.all == ["new"])
        #expect(connections.count == 4)
    }

    @Test("a place that is given up can be taken again")
    func remove() {
        let first = open("first", by: "a", at: 0)
        for name in ["b", "c", "d"] { open(name, by: name, at: 0) }
        connections.remove(first)
        open("new", by: "e", at: 1)
        #expect(closed.all == [])
    }

    @Test(
        "each phase has its time, and then the connection is closed",
        arguments: [
            (Connection.Phase.opened, 15), (.head, 15), (.body, 35), (.unsent, 30), (.closing, 5), (.idle, nil),
            (.answering, nil),
        ] as [(Connection.Phase, Int64?)])
    func overdue(phase: Connection.Phase, seconds: Int64?) {
        open("slow", by: "a", at: 0).enter(phase, limits: limits, at: time(100))
        connections.closeOverdue(at: time(100 + (seconds ?? 1_000_000) - 1))
        #expect(closed.all == [])
        connections.closeOverdue(at: time(100 + (seconds ?? 1_000_000)))
        #expect(closed.all == (seconds == nil ? [] : ["slow"]))
    }

    @Test("a connection on which nothing ever comes has its time too")
    func silent() {
        open("silent", by: "a", at: 0)
        connections.closeOverdue(at: time(15))
        #expect(closed.all == ["silent"])
    }
}
