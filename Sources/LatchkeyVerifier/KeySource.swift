public import JOSE

/// Where a verifier gets the issuer's keys.
public enum KeySource: Sendable {
    /// These keys, for as long as the verifier lives.
    case fixed(JSONWebKeySet)

    /// The keys that `fetch` brings, usually an HTTPS GET of the issuer's `jwks_uri`.
    ///
    /// It is called when a token first needs a key, again before what it brought grows old, and when a token names a
    /// key not seen before (then at most every 30 seconds); never twice at once. It should give up by itself within
    /// some seconds, and throw for anything but a 200.
    case remote(_ fetch: @Sendable () async throws -> KeySetResponse)
}

/// A key set as it came over the network.
public struct KeySetResponse: Sendable {
    /// The body: a JWK set (RFC 7517 §5).
    public let body: [UInt8]
    /// How long it may be used, from 1 minute to 1 day. 5 minutes when the response did not say.
    public let maxAge: Duration

    /// A response that may be used for `maxAge`, brought into range.
    public init(body: [UInt8], maxAge: Duration? = nil) {
        self.body = body
        self.maxAge = min(max(maxAge ?? .seconds(300), .seconds(60)), .seconds(86_400))
    }

    /// A response with its `Cache-Control` header, as it was received (RFC 9111 §5.2.2).
    public init(body: [UInt8], cacheControl: String?) {
        self.init(body: body, maxAge: cacheControl.flatMap(Self.maxAge))
    }

    private static func maxAge(in header: String) -> Duration? {
        var maxAge: Duration?
        for directive in header.split(separator: ",") {
            let parts = directive.split(separator: "=", maxSplits: 1).map {
                String($0.filter { $0 != " " && $0 != "\t" && $0 != "\"" }).lowercased()
            }
            switch parts.first {
            case "no-store", "no-cache": return .zero
            case "max-age" where parts.count == 2: maxAge = Int64(parts[1]).map { .seconds($0) } ?? .zero
            default: break
            }
        }
        return maxAge
    }
}
