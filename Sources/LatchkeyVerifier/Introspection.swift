import JOSE

/// How a verifier asks the issuer about API tokens, which say nothing by themselves (RFC 7662).
///
/// The closure does the network: a POST to the issuer's `introspection_endpoint`, with the credentials of the API. It
/// brings the body of a 200 and throws for anything else, so that an outage is never taken for a token that is not good;
/// and it gives up by itself within some seconds, and sends nothing again that may have arrived.
public enum Introspection: Sendable {
    /// One token a call: ``Question/form``, answered by one JSON object (RFC 7662 §2).
    case single(_ ask: @Sendable (_ question: Question) async throws -> [UInt8])

    /// Many tokens a call, 1 to ``maximumBatch`` of them: the `json` of the questions, answered by `{"tokens": [{…}]}` in
    /// the same order. While one call is under way the tokens that come wait, and go together in the next.
    case batch(_ ask: @Sendable (_ questions: [Question]) async throws -> [UInt8])

    /// Is this token good, and what may it do? And so many calls were answered with it.
    public struct Question: Hashable, Sendable {
        /// The API token. It consists of ASCII letters, digits and `_`, which a form and JSON carry as they are.
        public let token: String
        /// How many calls were answered with it since the issuer was asked last, this one among them: 1 to
        /// ``maximumCalls``. The issuer counts them as uses of the token, by which quotas are held. It believes this of
        /// clients with a secret alone: whoever asks by an access token sends `token` and nothing else.
        public let calls: Int

        /// The body of an `application/x-www-form-urlencoded`: `token=…`, and `&calls=…` where it is more than one.
        public var form: [UInt8] {
            Array((calls > 1 ? "token=\(token)&calls=\(calls)" : "token=\(token)").utf8)
        }
    }

    /// Tokens in one call of `batch`, at most.
    public static let maximumBatch = 100

    /// Calls that one question tells of, at most. Those beyond it are told with the next.
    public static let maximumCalls = 1_000_000

    /// For this long after the question an API token that was good is not asked about again. So much later than at the
    /// issuer can its revocation take effect here; its `exp` and the outage of the issuer are never outlived.
    public static let activeLifetime: Duration = .seconds(10)

    /// The same for a token that was not good.
    public static let inactiveLifetime: Duration = .seconds(2)
}

extension [Introspection.Question] {
    /// The body of an `application/json`: `{"tokens": ["…"]}`, and `"calls": […]`, in the same order, where one is more
    /// than one.
    public var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("tokens", map(\.token))
        if contains(where: { $0.calls > 1 }) {
            json.beginArray("calls")
            for question in self { json.element(Int64(question.calls)) }
            json.endArray()
        }
        json.endObject()
        return json.bytes
    }
}
