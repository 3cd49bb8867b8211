public import Hummingbird
public import LatchkeyVerifier
import Logging

/// A request context that can hold a verified token.
///
///     struct Context: BearerRequestContext {
///         var coreContext: CoreRequestContextStorage
///         var bearer = BearerStorage()
///
///         init(source: Source) { coreContext = .init(source: source) }
///     }
///
/// ``BasicBearerRequestContext`` is one that needs nothing of its own.
public protocol BearerRequestContext: RequestContext {
    /// Where ``BearerAuthentication`` puts what it found. Begins as `BearerStorage()`; nothing else writes to it.
    var bearer: BearerStorage { get set }
}

/// What the middlewares of this module leave in a request context for those after them.
public struct BearerStorage: Sendable {
    /// Nil until ``BearerAuthentication`` has verified a token.
    var call: VerifiedCall?
    /// Nil until ``APIAnswers`` has given one.
    var requestID: String?

    /// Nothing yet.
    public init() {}
}

/// A request with a verified token. A class, because contexts are copied at every step of the way, and a token has a
/// dozen references in it.
final class VerifiedCall: Sendable {
    let token: VerifiedToken
    let tenant: String
    /// When the token was verified.
    let now: Instant
    private let refusals: BearerRefusals

    init(_ token: VerifiedToken, tenant: String, at now: Instant, _ refusals: BearerRefusals) {
        self.token = token
        self.tenant = tenant
        self.now = now
        self.refusals = refusals
    }

    /// What is counted and remembered of one credential: the login or API token behind the token, so that a refreshed
    /// or exchanged one is no new credential; else the token itself.
    var credential: String { token.grantID ?? token.tokenID }

    /// Refuses unless the token meets what is asked of it.
    func require(_ requirement: TokenRequirement) throws(APIRefusal) {
        if let refusal = refusals.refusal(of: token, by: requirement, at: now) { throw APIRefusal(refusal) }
    }
}

extension BearerRequestContext {
    /// The token of this request. In a route with a scope it is there in any case, and takes no `try`.
    ///
    /// - Throws: 500 `server_error` on a route that no ``BearerAuthentication`` stands before. It is the server's fault,
    ///   and nobody gets in by it.
    public var token: VerifiedToken {
        get throws(APIRefusal) { try verifiedCall.token }
    }

    /// `org`: the organization whose data this request may see, and no other's. Every query names it.
    ///
    /// - Throws: like ``token``.
    public var tenant: String {
        get throws(APIRefusal) { try verifiedCall.tenant }
    }

    /// The name of this request, as the answer and the log have it; nil where no ``APIAnswers`` stands before.
    public var requestID: String? { bearer.requestID }

    var verifiedCall: VerifiedCall {
        get throws(APIRefusal) {
            guard let call = bearer.call else {
                logger.error("A route asks for a token, but no BearerAuthentication was added before it.")
                throw .serverError
            }
            return call
        }
    }
}

/// A request context with nothing but what Hummingbird and the middlewares of this module need.
public struct BasicBearerRequestContext: BearerRequestContext {
    /// What Hummingbird needs.
    public var coreContext: CoreRequestContextStorage
    /// What this module needs.
    public var bearer = BearerStorage()

    /// The context of a request as it arrives.
    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
    }
}
