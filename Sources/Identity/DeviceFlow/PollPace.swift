import JOSE
import Synchronization

/// How often one device may ask (RFC 8628 §3.5).
///
/// The pace is measured from the last poll that was accepted, so that polls that come too soon never push the next
/// accepted one away. Each of them adds five seconds, up to half a minute; an accepted poll brings the pace back.
struct PollPace: Sendable {
    private var lastAccepted: Instant?
    private(set) var interval = Self.base

    static let base = Duration.seconds(5)
    static let increment = Duration.seconds(5)
    static let maximum = Duration.seconds(30)
    /// Networks are not clocks.
    static let tolerance = Duration.seconds(1)

    /// Whether a poll at this moment keeps the pace.
    mutating func accept(at now: Instant) -> Bool {
        if let lastAccepted, now - lastAccepted < interval - Self.tolerance {
            interval = min(interval + Self.increment, Self.maximum)
            return false
        }
        lastAccepted = now
        interval = Self.base
        return true
    }
}

/// The pace of all devices that poll this node, in memory: a poll that finds nothing new writes nothing.
final class PollPaces: Sendable {
    private let paces = Mutex<[DeviceAuthorization.ID: PollPace]>([:])

    /// At most so many devices are paced at once; past that, the memory of all is dropped, which only makes the server
    /// more lenient for a moment.
    private static let maximumCount = 100_000

    func accept(_ id: DeviceAuthorization.ID, at now: Instant) -> Bool {
        paces.withLock { paces in
            if paces.count >= Self.maximumCount, paces[id] == nil { paces.removeAll() }
            return paces[id, default: PollPace()].accept(at: now)
        }
    }

    func forget(_ id: DeviceAuthorization.ID) {
        paces.withLock { _ = $0.removeValue(forKey: id) }
    }
}
