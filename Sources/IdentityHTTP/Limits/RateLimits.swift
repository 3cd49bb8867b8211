import HTTPTypes
import Identity
import JOSE
import LatchkeyVerifier

/// How a route is limited. What each class allows is in the table of ``RateLimits``.
enum RateClass: String, Sendable, CaseIterable {
    /// Documents that cost nothing to send.
    case none
    /// Pages.
    case page
    /// Calls with an access token.
    case api
    /// Everything that gives or ends tokens.
    case token
    /// Questions of resource servers about tokens. Whoever cannot prove to be one spends of `token` besides.
    case introspection
    /// New device codes.
    case device
    /// Mail.
    case mail
    /// Challenges for passkeys, each of them a row, and the answers to them.
    case passkey
    /// Codes that people type: the only secrets short enough to be guessed.
    case code
}

/// The limits of this node: for one address, and for all together. In memory; each node counts by itself.
struct RateLimits: Sendable {
    private let perAddress: [RateClass: CallerRateLedger]
    private let overall: [RateClass: CallerRateLedger]
    private let perMailbox: CallerRateLedger
    private let perToken = TokenRateLedger()
    /// Off for load tests in development mode.
    private let isOn: Bool
    private let hits: LimitHits

    /// Class, requests a minute from one address, requests a minute from everywhere.
    static let table: [(RateClass, perAddress: Int, overall: Int)] = [
        (.page, 600, 60_000),
        (.api, 1_200, 600_000),
        (.token, 1_200, 600_000),
        (.introspection, 60_000, 600_000),
        (.device, 120, 6_000),
        (.mail, 60, 1_200),
        (.passkey, 240, 12_000),
        (.code, 120, 2_400),
    ]
    /// Mails to one mailbox.
    private static let mailbox = RateLimit(10, per: .seconds(600))

    init(isOn: Bool, hits: LimitHits = LimitHits()) {
        self.isOn = isOn
        self.hits = hits
        func ledgers(_ counts: [(RateClass, Int)]) -> [RateClass: CallerRateLedger] {
            Dictionary(
                uniqueKeysWithValues: counts.map { rate, count in
                    (rate, CallerRateLedger(RateLimit(count, per: .seconds(60))))
                })
        }
        perAddress = ledgers(Self.table.map { ($0.0, $0.perAddress) })
        overall = ledgers(Self.table.map { ($0.0, $0.overall) })
        perMailbox = CallerRateLedger(Self.mailbox)
    }

    /// Spends one request of a class. Throws a 429 when nothing is left; answers what is.
    func spend(_ rate: RateClass, address: String, at now: Instant) throws -> RateLimit.Allowance? {
        guard isOn, let ledger = perAddress[rate], let all = overall[rate] else { return nil }
        let allowance = ledger.spend(CallerAddress.caller(address), at: now)
        guard allowance.isGranted else {
            hits.count(rate, .address)
            throw Refusal.rateLimited(allowance, "Too many requests from your address.")
        }
        let common = all.spend("", at: now)
        guard common.isGranted else {
            hits.count(rate, .overall)
            throw Refusal.rateLimited(common, "The server has too much to do.")
        }
        return allowance
    }

    /// Spends one call of an API token, of what its organization's plan gives each of its tokens in a minute and all of
    /// them in a billing period. Nothing is written: what is used up of the period was read with the token.
    func spend(_ active: APITokens.Active, at now: Instant) throws -> RateLimit.Allowance? {
        guard isOn else { return nil }
        let limit = RateLimit(Int(clamping: active.terms.callsPerMinute), per: .seconds(60))
        let allowance = perToken.spend(active.token.id, limit, at: now)
        guard allowance.isGranted else {
            hits.count(.api, .token)
            throw Refusal.rateLimited(allowance, "Too many requests with this API token.")
        }
        guard !active.quota.isExhausted else {
            hits.count(quota: .call)
            var refusal = Refusal.quotaExceeded(active.terms.plan, active.quota, at: now)
            allowance.write(to: &refusal.headers)
            throw refusal
        }
        return allowance
    }

    /// Spends one mail to a mailbox.
    func spendMail(to canonicalAddress: String, at now: Instant) throws {
        guard isOn else { return }
        let allowance = perMailbox.spend(canonicalAddress, at: now)
        guard allowance.isGranted else {
            hits.count(.mail, .mailbox)
            throw Refusal.rateLimited(allowance, "Too many mails were asked for this address.")
        }
    }
}

extension RateLimit.Allowance {
    func write(to headers: inout HTTPFields) {
        headers[.rateLimitLimit] = String(limit)
        headers[.rateLimitRemaining] = String(remaining)
        headers[.rateLimitReset] = String(resetSeconds)
    }
}

extension Refusal {
    static func rateLimited(_ allowance: RateLimit.Allowance, _ cause: String) -> Refusal {
        let seconds = allowance.retryAfterSeconds
        var headers: HTTPFields = [.retryAfter: String(seconds)]
        allowance.write(to: &headers)
        return Refusal(
            .tooManyRequests, "rate_limited", "\(cause) Try again in \(seconds) s.", headers: headers)
    }
}
