import HTTPTypes
import Hummingbird
import Identity
import JOSE
import Synchronization

/// `/.well-known/revocations`: what a resource server follows that verifies offline. Signed, so open to everyone.
///
/// `since` is the `cursor` of the document before, and brings what is new. With `wait` the answer is held until there
/// is something new, or the time is over; so a follower that hears nothing asks once a minute.
struct RevocationFeedEndpoint: Feature {
    let feed: RevocationFeed
    let clock: @Sendable () -> Instant
    let drain: Drain
    private let waiting = Waiting()

    /// In seconds.
    static let maximumWait: Int64 = 60
    /// So many are held at a time; who comes later is answered at once.
    static let maximumWaiting = 4_096

    /// How many answers are held.
    private final class Waiting: Sendable {
        let count = Atomic<Int>(0)
    }

    init(feed: RevocationFeed, clock: @escaping @Sendable () -> Instant, drain: Drain) {
        self.feed = feed
        self.clock = clock
        self.drain = drain
    }

    var routes: [Route] {
        [
            Route(
                method: .get, path: "/.well-known/revocations", dialect: .api, access: .open, rate: .none, respond: read
            )
        ]
    }

    private func read(_ call: Call) async throws -> Response {
        let cursor = try call.query("since").map { text in
            guard let cursor = RevocationCursor(text) else {
                throw Refusal.invalidRequest(
                    "since is not the cursor of a document from here. Leave it out to begin anew.")
            }
            return cursor
        }
        let document = try await document(after: cursor, call, wait: try wait(call))
        let tag = "\"\(document.cursor)\""
        let isKnown = cursor == nil && call.request.headers[.ifNoneMatch] == tag
        var response =
            isKnown
            ? Response(status: .notModified)
            : Response(status: .ok, type: "application/jwt", bytes: Array(document.text.utf8))
        response.headers.append(HTTPField(name: .eTag, value: tag))
        // To be kept, and asked about each time: an old list is worth nothing.
        response.headers.append(HTTPField(name: .cacheControl, value: "public, no-cache"))
        response.headers.append(HTTPField(name: .accessControlAllowOrigin, value: "*"))
        return response
    }

    private func wait(_ call: Call) throws -> Duration {
        guard let text = call.query("wait") else { return .zero }
        guard let seconds = Int64(text), (0...Self.maximumWait).contains(seconds) else {
            throw Refusal.invalidRequest("wait is a number of seconds from 0 to \(Self.maximumWait).")
        }
        return .seconds(seconds)
    }

    private func document(
        after cursor: RevocationCursor?, _ call: Call, wait: Duration
    ) async throws -> RevocationFeed.Document {
        let first = try await feed.document(after: cursor, at: call.now)
        guard first.isEmpty, cursor != nil, wait > .zero else { return first }
        defer { waiting.count.subtract(1, ordering: .relaxed) }
        guard waiting.count.add(1, ordering: .relaxed).newValue <= Self.maximumWaiting else { return first }
        let end = ContinuousClock.now + wait
        while true {
            try await Task.sleep(for: min(RevocationFeed.readInterval, ContinuousClock.now.duration(to: end)))
            let document = try await feed.document(after: cursor, at: clock())
            if !document.isEmpty || drain.hasBegun || ContinuousClock.now >= end { return document }
        }
    }
}
