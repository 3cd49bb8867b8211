import JOSE

/// When keys are used, fetched again, kept past their time, or given up. Pure: the time is an argument, and the
/// fetching is done elsewhere.
struct KeyRingState {
    /// What is to be done for one token.
    enum Step {
        /// Use this key; and see to a new set in the background, when so marked.
        case use(VerificationKey, generation: Int, refreshing: Bool)
        /// Wait for the fetch that is under way or to be begun.
        case waitForFetch
        case refuse(TokenVerifier.Failure)

        var needsFetch: Bool {
            switch self {
            case .use(_, _, let refreshing): refreshing
            case .waitForFetch: true
            case .refuse: false
            }
        }
    }

    /// After a failure the next attempt waits this long.
    static let retryInterval: Duration = .seconds(5)
    /// A token with an unknown `kid` causes a fetch at most this often, so that strangers cannot drive the issuer.
    static let unknownKeyInterval: Duration = .seconds(30)
    /// For this long past their time keys are still used, when the issuer cannot be reached.
    static let staleLifetime: Duration = .seconds(3600)

    private struct Entry {
        let source: JSONWebKey
        let key: VerificationKey
    }

    private let algorithms: Set<SignatureAlgorithm>
    private var entries: [String: Entry] = [:]
    /// Changes when a key is withdrawn: what was verified before must be verified again.
    private var generation = 0
    private var hasKeys = false
    private var refreshAt = Instant(microseconds: .max)
    private var expiresAt = Instant(microseconds: .max)
    private var lastAttempt: Instant?
    private var lastUnknownKey: Instant?
    private var isFailing = false

    init(algorithms: Set<SignatureAlgorithm>) {
        self.algorithms = algorithms
    }

    // MARK: Using keys

    /// The generation, or `nil` when there are no keys or they are too old to rely on without a new fetch.
    func generation(at now: Instant) -> Int? {
        now < expiresAt || isFailing ? usableGeneration(at: now) : nil
    }

    private func usableGeneration(at now: Instant) -> Int? {
        hasKeys && now < expiresAt + Self.staleLifetime ? generation : nil
    }

    /// Past three quarters of their time the keys are fetched again, beside the requests that still use them.
    func isRefreshDue(at now: Instant) -> Bool {
        now >= refreshAt && mayRetry(at: now)
    }

    mutating func step(for keyID: String, isFetching: Bool, at now: Instant) -> Step {
        guard let generation = usableGeneration(at: now) else {
            return isFetching || mayRetry(at: now) ? .waitForFetch : .refuse(.keysUnavailable)
        }
        if let entry = entries[keyID] {
            if now >= expiresAt, !isFailing { return .waitForFetch }
            return .use(entry.key, generation: generation, refreshing: isRefreshDue(at: now))
        }
        if isFetching { return .waitForFetch }
        guard mayAskForUnknownKey(at: now) else { return .refuse(isFailing ? .keysUnavailable : .unknownKey) }
        lastUnknownKey = now
        return .waitForFetch
    }

    /// The last word for a token that has waited.
    func stepAfterFetch(for keyID: String, at now: Instant) throws(TokenVerifier.Failure) -> (VerificationKey, Int) {
        guard let generation = usableGeneration(at: now) else { throw .keysUnavailable }
        guard let entry = entries[keyID] else { throw isFailing ? .keysUnavailable : .unknownKey }
        return (entry.key, generation)
    }

    private func mayRetry(at now: Instant) -> Bool {
        Self.hasPassed(Self.retryInterval, since: lastAttempt, at: now)
    }

    private func mayAskForUnknownKey(at now: Instant) -> Bool {
        Self.hasPassed(Self.unknownKeyInterval, since: lastUnknownKey, at: now) && (!isFailing || mayRetry(at: now))
    }

    private static func hasPassed(_ interval: Duration, since last: Instant?, at now: Instant) -> Bool {
        guard let last else { return true }
        // A clock that was set back must not stop the fetching until it has caught up.
        return now >= last + interval || now < last - interval
    }

    // MARK: Taking keys in

    /// Keys that are never fetched and never grow old.
    mutating func fix(_ set: JSONWebKeySet) {
        entries = prepared(set)
        hasKeys = true
        lastUnknownKey = Instant(microseconds: .max)
    }

    mutating func beginFetch(at now: Instant) {
        lastAttempt = now
    }

    /// Takes the new set in. A response that has no key to offer counts as none: the keys there are stay.
    mutating func endFetch(_ response: KeySetResponse?) {
        guard let response, let set = try? JSONWebKeySet(parsing: response.body) else { return fail() }
        let fresh = prepared(set)
        guard !fresh.isEmpty, let fetchedAt = lastAttempt else { return fail() }
        let isWithdrawn = entries.contains { name, entry in fresh[name]?.source != entry.source }
        if isWithdrawn { generation += 1 }
        entries = fresh
        hasKeys = true
        isFailing = false
        refreshAt = fetchedAt + response.maxAge * 3 / 4
        expiresAt = fetchedAt + response.maxAge
    }

    private mutating func fail() {
        isFailing = true
    }

    /// The keys that can be used with an accepted algorithm, by name. The first of a name wins. A key that was there
    /// before keeps its prepared contexts.
    private func prepared(_ set: JSONWebKeySet) -> [String: Entry] {
        var fresh: [String: Entry] = [:]
        for source in set.keys {
            let known = entries[source.keyID ?? source.thumbprint].flatMap { $0.source == source ? $0 : nil }
            guard let entry = known ?? key(from: source).map({ Entry(source: source, key: $0) }) else { continue }
            if fresh[entry.key.keyID] == nil { fresh[entry.key.keyID] = entry }
        }
        return fresh
    }

    private func key(from source: JSONWebKey) -> VerificationKey? {
        for algorithm in SignatureAlgorithm.allCases where algorithms.contains(algorithm) {
            if let key = try? VerificationKey(source, algorithm: algorithm) { return key }
        }
        return nil
    }
}
