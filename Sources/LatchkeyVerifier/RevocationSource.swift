import JOSE

/// Whether and how a verifier hears of revocations.
///
/// Without it a token that was revoked is good until it expires, hours later. With it the verifier knows within two
/// seconds, and asks the issuer once a minute while nothing happens.
public enum RevocationSource: Sendable {
    /// Revocations are not heard of.
    case ignored

    /// The revocation feed of the issuer, `/.well-known/revocations`, which `fetch` brings: an HTTPS GET with the query
    /// it is given, answering the body of a 200 and throwing for all else.
    ///
    /// The answer may be held for as long as ``RevocationQuery/wait``: let the request time out some seconds later.
    /// It is followed by ``TokenVerifier/followRevocations()``, which is yours to run.
    case feed(RevocationPolicy, _ fetch: @Sendable (RevocationQuery) async throws -> [UInt8])
}

/// What becomes of good tokens while the feed has not been heard: the issuer is down, say.
public enum RevocationPolicy: Hashable, Sendable {
    /// They are accepted for so long after it was last heard, and then refused. A server that starts while the issuer is
    /// down serves for as long, from the first token on.
    case open(for: Duration)
    /// They are refused when it was not heard for so long, and until it is heard first. At least ten seconds.
    case closed(after: Duration)

    /// How long a token is accepted without word.
    var bound: Duration {
        switch self {
        case .open(let duration): max(duration, .zero)
        case .closed(let duration): max(duration, .seconds(10))
        }
    }

    /// For how long an answer may be held, so that word comes three times within the bound.
    var wait: Duration {
        min(RevocationQuery.maximumWait, max(.seconds(1), bound / 3))
    }
}

/// One question to the feed.
public struct RevocationQuery: Hashable, Sendable {
    /// The longest that an answer may be held.
    public static let maximumWait: Duration = .seconds(60)

    /// The cursor of the answer before; nil: everything.
    public let since: String?
    /// For how long the answer may be held when there is nothing new.
    public let wait: Duration

    /// As it follows the question mark of the URL. Nothing in it needs to be escaped.
    public var text: String {
        let wait = "wait=\(self.wait.components.seconds)"
        return since.map { "since=\($0)&\(wait)" } ?? wait
    }
}
