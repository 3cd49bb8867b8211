import HTTPTypes
public import Hummingbird
public import LatchkeyVerifier

/// Lets nobody pass without a good token, and tells the routes behind it whose it is.
///
///     router.group("/api/v1").add(middleware: BearerAuthentication(verifier))
///         .get("jobs", scope: "jobs:read") { request, context in … context.token.subject … }
///
/// JWTs are verified offline, API tokens by introspection, as the verifier was told. The token is taken from the
/// `Authorization` header and from nowhere else (RFC 6750 §2.1): one in a URL ends in logs. A token that names no
/// organization is refused: every route behind has a tenant.
public struct BearerAuthentication<Context: BearerRequestContext>: RouterMiddleware {
    private let verifier: TokenVerifier
    private let refusals: BearerRefusals
    private let clock: @Sendable () -> Instant

    /// - Parameters:
    ///   - verifier: of this API. Make one and share it.
    ///   - resource: what this API says of itself; its refusals then tell clients where to get a token (RFC 9728 §5.1).
    ///     Serve it by `router.protectedResource(resource)`.
    public init(_ verifier: TokenVerifier, resource: ProtectedResource? = nil) {
        self.init(verifier, resource: resource) { .now }
    }

    /// The same with a clock of one's own.
    package init(
        _ verifier: TokenVerifier, resource: ProtectedResource? = nil, clock: @escaping @Sendable () -> Instant
    ) {
        self.verifier = verifier
        self.clock = clock
        refusals = BearerRefusals(resourceMetadata: resource?.metadataURL)
    }

    /// Verifies the token of a request and hands it on.
    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let bearer = request.headers.bearerToken else { throw APIRefusal(refusals.tokenMissing) }
        let now = clock()
        var context = context
        context.bearer.call = try await call(bearer, request, at: now)
        return try await next(request, context)
    }

    private nonisolated(nonsending) func call(
        _ bearer: String, _ request: Request, at now: Instant
    ) async throws(APIRefusal) -> VerifiedCall {
        do throws(TokenVerifier.Failure) {
            let token = try await verifier.verify(bearer, at: now)
            guard let tenant = token.organizationID else { throw .invalidClaim("org") }
            return VerifiedCall(token, tenant: tenant, at: now, refusals)
        } catch {
            if error == .malformed, request.headers.hasSeveralCredentials {
                throw APIRefusal(refusals.severalCredentials)
            }
            throw APIRefusal(refusals.refusal(for: error))
        }
    }
}

extension HTTPFields {
    /// The token of `Authorization: Bearer …`; nil for another scheme, or none.
    var bearerToken: String? { self[.authorization].flatMap(BearerHeader.token) }

    /// RFC 6750 §3.1: a request says one thing about who makes it. Looked at only when a token could not be read, which
    /// is what becomes of two.
    fileprivate var hasSeveralCredentials: Bool { self[values: .authorization].count > 1 }
}
