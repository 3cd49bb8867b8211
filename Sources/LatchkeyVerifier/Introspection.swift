/// How a verifier asks the issuer about API tokens, which say nothing by themselves (RFC 7662).
///
/// The closure does the network: an authenticated POST to the issuer's `introspection_endpoint`. It brings the body of
/// a 200 and throws for anything else, so that an outage is never taken for a token that is not good; and it gives up
/// by itself within some seconds. What it is given consists of ASCII letters, digits and `_`, which a form and JSON
/// carry as they are.
public enum Introspection: Sendable {
    /// One token a call: the form `token=…`, answered by one JSON object (RFC 7662 §2).
    case single(_ ask: @Sendable (_ token: String) async throws -> [UInt8])

    /// Many tokens a call: the JSON `{"tokens": ["…"]}`, 1 to ``maximumBatch`` of them, answered by `{"tokens": [{…}]}`
    /// in the same order. While one call is under way the tokens that come wait, and go together in the next.
    case batch(_ ask: @Sendable (_ tokens: [String]) async throws -> [UInt8])

    /// Tokens in one call of `batch`, at most.
    public static let maximumBatch = 100

    /// For this long after the question an API token that was good is not asked about again. So much later than at the
    /// issuer can its revocation take effect here; its `exp` and the outage of the issuer are never outlived.
    public static let activeLifetime: Duration = .seconds(10)

    /// The same for a token that was not good.
    public static let inactiveLifetime: Duration = .seconds(2)
}
