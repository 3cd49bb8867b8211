public import Hummingbird
public import LatchkeyVerifier

/// The context of a route that asks for a scope: its token has been verified and has it, or the handler is not run.
///
/// All that the context of the router has is there as well, to be read.
@dynamicMemberLookup
public struct VerifiedContext<Base: BearerRequestContext>: BearerRequestContext, ChildRequestContext {
    /// The context that this one is made of.
    public typealias ParentContext = Base
    /// What reads bodies.
    public typealias Decoder = Base.Decoder
    /// What writes them.
    public typealias Encoder = Base.Encoder

    /// The context that came through the middlewares.
    public var base: Base
    private let call: VerifiedCall

    /// - Throws: 500 `server_error` when no ``BearerAuthentication`` stood before.
    public init(context: Base) throws {
        try self.init(of: context)
    }

    init(of context: Base) throws(APIRefusal) {
        base = context
        call = try context.verifiedCall
    }

    /// The token, verified for this very request.
    public var token: VerifiedToken { call.token }

    /// `org`: the organization whose data this request may see, and no other's. Every query names it.
    public var tenant: String { call.tenant }

    /// Refuses unless the token meets what is asked of it besides the route's own requirement: a scope that the body
    /// makes necessary, say.
    ///
    /// - Throws: the refusal to be answered, with its challenge.
    public func require(_ requirement: TokenRequirement) throws(APIRefusal) {
        try call.require(requirement)
    }

    /// Refuses with 404 unless the token may be used on this thing; see `VerifiedToken.allows`. What a token is not to
    /// see does not exist for it.
    public func require(_ kind: String, _ identifier: String) throws(APIRefusal) {
        guard token.allows(kind, identifier) else { throw .notFound }
    }

    /// What Hummingbird needs.
    public var coreContext: CoreRequestContextStorage {
        get { base.coreContext }
        set { base.coreContext = newValue }
    }

    /// What this module needs.
    public var bearer: BearerStorage {
        get { base.bearer }
        set { base.bearer = newValue }
    }

    /// How large a body may be that is decoded.
    public var maxUploadSize: Int { base.maxUploadSize }
    /// Reads bodies.
    public var requestDecoder: Base.Decoder { base.requestDecoder }
    /// Writes bodies.
    public var responseEncoder: Base.Encoder { base.responseEncoder }

    /// Whatever else the context of the router has.
    public subscript<Value>(dynamicMember member: KeyPath<Base, Value>) -> Value { base[keyPath: member] }
}
