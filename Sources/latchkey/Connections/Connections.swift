import Logging
import NIOCore
import Synchronization

/// All open connections: how many there may be, and which go when there are too many or they take too long.
///
/// When all places are taken, whoever comes is let in, and in exchange those are closed for whom nothing is being
/// done: of the caller with the most connections first, and of one caller the one that has waited longest. So a
/// thousand connections of one attacker cost only that attacker, and a proxy, which is one caller too, loses what it
/// was not using. Only when every place is busy with an answer is the new one turned away.
final class Connections: Sendable {
    private struct State {
        var open: [ObjectIdentifier: Connection] = [:]
        var noticedAt: NIODeadline?

        /// Whether the log has not been told lately that all places are taken.
        mutating func isNews(at now: NIODeadline) -> Bool {
            if let noticedAt, now - noticedAt < Connections.pauseBetweenNotices { return false }
            noticedAt = now
            return true
        }
    }

    let limits: ConnectionLimits
    private let logger: Logger
    private let state = Mutex(State())
    private static let pauseBetweenNotices = TimeAmount.seconds(10)

    init(limits: ConnectionLimits, logger: Logger) {
        self.limits = limits
        self.logger = logger
    }

    /// How many are open.
    var count: Int { state.withLock { $0.open.count } }

    /// Lets a new connection in, or closes it.
    func admit(_ connection: Connection, at now: NIODeadline) {
        let (closing, isNews) = state.withLock { state in
            var closing: [Connection] = []
            if state.open.count >= limits.connections {
                closing = Self.leastMissed(of: state.open.values, max(1, limits.connections / 64))
                for one in closing { state.open[ObjectIdentifier(one)] = nil }
                if closing.isEmpty { closing = [connection] }
            }
            if closing.first !== connection { state.open[ObjectIdentifier(connection)] = connection }
            return (closing, !closing.isEmpty && state.isNews(at: now))
        }
        for one in closing { one.close() }
        if isNews {
            logger.warning(
                "All places for connections are taken: those that wait are closed for those that come",
                metadata: ["places": "\(limits.connections)"])
        }
    }

    /// Forgets one that is closed.
    func remove(_ connection: Connection) {
        state.withLock { $0.open[ObjectIdentifier(connection)] = nil }
    }

    /// Closes all that have taken longer than they may. Answers how many.
    @discardableResult
    func closeOverdue(at now: NIODeadline) -> Int {
        let overdue = state.withLock { state in state.open.values.filter { $0.isOverdue(at: now) } }
        for connection in overdue { connection.close() }
        return overdue.count
    }

    /// Several at once, for looking for them takes a walk over all.
    private static func leastMissed(
        of connections: some Collection<Connection>, _ count: Int
    ) -> [Connection] {
        var held: [String: Int] = [:]
        for connection in connections { held[connection.caller, default: 0] += 1 }
        let waiting = connections.filter(\.isExpendable).map { connection in
            (connection: connection, held: held[connection.caller] ?? 0, since: connection.since)
        }
        let sorted = waiting.sorted { one, other in
            one.held == other.held ? one.since < other.since : one.held > other.held
        }
        return sorted.prefix(count).map(\.connection)
    }
}
