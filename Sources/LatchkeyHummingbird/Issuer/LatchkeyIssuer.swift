public import AsyncHTTPClient
public import LatchkeyVerifier
import NIOCore
import NIOHTTP1

/// The issuer, reached over HTTP: what a verifier needs of it, in one line.
///
///     let issuer = try LatchkeyIssuer("https://id.example.com", credentials: .init(id: id, secret: secret))
///     let verifier = issuer.verifier(audience: "https://api.example.com", revocations: .closed(after: .seconds(120)))
///
/// Every request is bounded in time and size, and no redirect is followed: tokens and the secret go to the issuer and
/// nowhere else.
public struct LatchkeyIssuer: Sendable {
    /// What an API asks about API tokens with: `latchkey resource-servers rotate-secret` prints it.
    public struct Credentials: Sendable {
        let id: String
        let secret: Secret

        /// `client_id` and `client_secret`.
        public init(id: String, secret: String) {
            self.id = id
            self.secret = Secret(Array(secret.utf8))
        }

        /// The secret, where it is sent.
        var text: String { secret.withBytes { String(decoding: $0, as: UTF8.self) } }
    }

    /// How many API tokens go in one question.
    public enum Asking: Hashable, Sendable {
        /// One (RFC 7662), as any issuer has it.
        case single
        /// Up to a hundred: those that come while a question is under way go together in the next.
        case batch
    }

    /// The address cannot be an issuer's.
    public struct InvalidURL: Error, CustomStringConvertible {
        /// What was given.
        public let url: String

        /// The cause and the next step.
        public var description: String {
            "\(url) is no issuer. Give its URL to the letter as tokens have it in `iss`: https, without a "
                + "slash at the end."
        }
    }

    /// `iss`
    public let url: String
    private let connection: IssuerConnection
    private let credentials: Credentials?

    /// - Parameters:
    ///   - url: the issuer, to the letter: https; http on this machine alone.
    ///   - credentials: of this API; without them API tokens are refused.
    ///   - timeout: for one question and its answer.
    ///   - configuration: certificates to believe, proxies, and so on. Redirects are never followed.
    public init(
        _ url: String, credentials: Credentials? = nil, timeout: Duration = .seconds(5),
        configuration: HTTPClient.Configuration = HTTPClient.Configuration()
    ) throws(InvalidURL) {
        guard let plain = PlainURL(url), !plain.path.hasSuffix("/") else { throw InvalidURL(url: url) }
        self.url = url
        self.credentials = credentials
        connection = IssuerConnection(base: url, timeout: timeout, configuration)
    }

    /// A verifier of this issuer's tokens for one API.
    ///
    /// - Parameters:
    ///   - audience: the identifier of the API.
    ///   - algorithms: those accepted; Latchkey signs with ES256.
    ///   - revocations: what becomes of tokens while the feed of revocations cannot be heard; run ``RevocationFeed``
    ///     beside the server then. Nil: revocations are not heard of, and a revoked JWT is good until it expires.
    ///   - asking: how API tokens are asked about.
    public func verifier(
        audience: String, algorithms: Set<SignatureAlgorithm> = [.es256],
        revocations: RevocationPolicy? = .closed(after: .seconds(120)), asking: Asking = .batch
    ) -> TokenVerifier {
        TokenVerifier(
            issuer: url, audience: audience, algorithms: algorithms, keys: keys,
            introspection: introspection(asking), revocations: revocations.map(self.revocations) ?? .ignored)
    }

    /// The issuer's keys.
    public var keys: KeySource {
        .remote { [connection] in
            let (body, headers) = try await connection.get("/.well-known/jwks.json")
            return KeySetResponse(body: body, cacheControl: headers.first(name: "Cache-Control"))
        }
    }

    /// The issuer's word about API tokens, who is told with each question how many calls were answered; nil without
    /// credentials.
    public func introspection(_ asking: Asking = .batch) -> Introspection? {
        guard let credentials else { return nil }
        switch asking {
        case .single:
            return .single { [connection] question in
                try await connection.post(
                    "/oauth/introspect", "application/x-www-form-urlencoded", question.form, credentials)
            }
        case .batch:
            return .batch { [connection] questions in
                try await connection.post("/oauth/introspect", "application/json", questions.json, credentials)
            }
        }
    }

    /// The issuer's revocations, under that policy.
    public func revocations(_ policy: RevocationPolicy) -> RevocationSource {
        .feed(policy) { [connection] query in
            try await connection.get("/.well-known/revocations?" + query.text, holding: query.wait).body
        }
    }
}
