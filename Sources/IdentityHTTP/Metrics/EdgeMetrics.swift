import Hummingbird
import Identity
import Metrics

/// What the edge counts. Every series is made before the first request.
struct EdgeMetrics: Sendable {
    let inFlight: Meter
    let limitHits: LimitHits
    let bearer: RefusalCounters<BearerRefusal>
    /// For everything that no route is for: its paths are the caller's words, and must not become labels.
    let unmatched: RouteMetrics
    private let factory: any MetricsFactory

    init(_ factory: any MetricsFactory) {
        self.factory = factory
        inFlight = Meter(label: "latchkey_http_requests_in_flight", factory: factory)
        limitHits = LimitHits(factory)
        bearer = RefusalCounters(factory)
        unmatched = RouteMetrics(method: "any", path: "unmatched", factory)
    }

    func route(_ route: Route) -> RouteMetrics {
        RouteMetrics(method: route.method.rawValue, path: route.path, factory)
    }
}

/// The numbers of one route.
struct RouteMetrics: Sendable {
    /// As it is in the list of routes: `{id}` stands for whatever was there.
    let path: String
    private let duration: Timer
    private let answers: [Int: Counter]
    private let otherAnswers: Counter

    /// The statuses that are sent. One that is not among them is counted as `other`.
    private static let statuses = [
        200, 201, 202, 204, 303, 304, 400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 429, 431, 500, 503,
    ]

    init(method: String, path: String, _ factory: any MetricsFactory) {
        self.path = path
        let labels = [("method", method), ("route", path)]
        duration = Timer(
            label: "latchkey_http_request_duration_seconds", dimensions: labels, factory: factory)
        func counter(_ status: String) -> Counter {
            Counter(
                label: "latchkey_http_requests_total", dimensions: labels + [("status", status)], factory: factory)
        }
        answers = Dictionary(uniqueKeysWithValues: Self.statuses.map { ($0, counter(String($0))) })
        otherAnswers = counter("other")
    }

    func count(status: Int, nanoseconds: Int64) {
        duration.recordNanoseconds(nanoseconds)
        (answers[status] ?? otherAnswers).increment()
    }
}

/// How often a limit was reached, and how often a quota was used up.
struct LimitHits: Sendable {
    /// Whose limit it was.
    enum Scope: String, CaseIterable, Sendable {
        case address, overall, mailbox, token
    }

    /// What is refused when the calls of a billing period are used up.
    enum Quota: String, CaseIterable, Sendable {
        /// A call with an API token, or with a JWT that it was exchanged for.
        case call
        /// The exchange of an API token for a JWT.
        case exchange
    }

    private let counters: [String: Counter]
    private let quotas: [Quota: Counter]

    init(_ factory: any MetricsFactory = NOOPMetricsHandler.instance) {
        let quotas = Quota.allCases.map { refused in
            let dimensions = [("of", refused.rawValue)]
            return (refused, Counter(label: "latchkey_quota_exceeded_total", dimensions: dimensions, factory: factory))
        }
        self.quotas = Dictionary(quotas) { first, _ in first }
        var counters: [String: Counter] = [:]
        for (rate, scope) in Self.all {
            counters[Self.key(rate, scope)] = Counter(
                label: "latchkey_rate_limited_total",
                dimensions: [("class", rate.rawValue), ("scope", scope.rawValue)], factory: factory)
        }
        self.counters = counters
    }

    func count(_ rate: RateClass, _ scope: Scope) {
        counters[Self.key(rate, scope)]?.increment()
    }

    func count(quota refused: Quota) {
        quotas[refused]?.increment()
    }

    private static var all: [(RateClass, Scope)] {
        RateClass.allCases.filter { $0 != .none }.flatMap { [($0, Scope.address), ($0, .overall)] }
            + [(.mail, .mailbox), (.api, .token)]
    }

    private static func key(_ rate: RateClass, _ scope: Scope) -> String { rate.rawValue + scope.rawValue }
}
