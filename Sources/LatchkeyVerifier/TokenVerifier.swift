public import JOSE
import Synchronization

/// Verifies access tokens (RFC 9068) of one issuer for one audience, offline; and API tokens of that issuer, when it is
/// told how to ask about them.
///
///     let verifier = TokenVerifier(issuer: "https://id.example.com", audience: "https://api.example.com",
///                                  algorithms: [.es256], keys: .remote(fetch))
///     let token = try await verifier.verify(bearer, at: .now)
///     try token.require("jobs:write")
///
/// Make one at start and share it: it holds the keys and the tokens it has verified. It is safe from any number of
/// tasks. Copies share what they hold.
public struct TokenVerifier: Sendable {
    /// How far the clocks of issuer and verifier may be apart: added to `exp`, taken off `nbf` and `iat`.
    public static let clockTolerance: Duration = .seconds(30)

    private let expectations: Expectations
    let algorithms: Set<SignatureAlgorithm>
    let keys: KeyRing
    /// Nil: revocations are not heard of.
    let revocations: RevocationList?
    let fetchRevocations: (@Sendable (RevocationQuery) async throws -> [UInt8])?
    private let cache = VerifiedTokenCache()
    private let lastHeader = LastHeader()
    private let introspected: IntrospectedTokens?

    /// A verifier that accepts nothing but what is named here.
    ///
    /// - Parameters:
    ///   - issuer: what `iss` must be, to the letter.
    ///   - audience: what `aud` must be or contain, to the letter. The identifier of your API, and of no other.
    ///   - algorithms: the signature algorithms you accept. A key is used with one of these or not at all.
    ///   - keys: the issuer's keys, or a way to fetch them.
    ///   - introspection: how to ask the issuer about API tokens. Without it they are refused.
    ///   - revocations: whether tokens are refused that were revoked before they expire. It takes
    ///     ``followRevocations(onFailure:)`` to run.
    public init(
        issuer: String, audience: String, algorithms: Set<SignatureAlgorithm>, keys: KeySource,
        introspection: Introspection? = nil, revocations: RevocationSource = .ignored
    ) {
        self.init(
            Expectations(issuer: issuer, audience: audience), algorithms: algorithms, keys: keys,
            introspection: introspection, revocations: revocations)
    }

    /// A verifier for the issuer itself, which made every token and so accepts each of its audiences. Not public: a
    /// resource server that does not ask whom a token is for can be sent what was meant for another.
    package init(issuer: String, ofAnyAudienceSignedWith algorithms: Set<SignatureAlgorithm>, keys: KeySource) {
        self.init(Expectations(issuer: issuer, audience: nil), algorithms: algorithms, keys: keys)
    }

    private init(
        _ expectations: Expectations, algorithms: Set<SignatureAlgorithm>, keys: KeySource,
        introspection: Introspection? = nil, revocations: RevocationSource = .ignored
    ) {
        self.expectations = expectations
        self.algorithms = algorithms
        self.keys = KeyRing(keys, algorithms: algorithms)
        introspected = introspection.map { IntrospectedTokens($0, issuer: expectations.issuer) }
        switch revocations {
        case .ignored: (self.revocations, fetchRevocations) = (nil, nil)
        case .feed(let policy, let fetch): (self.revocations, fetchRevocations) = (RevocationList(policy), fetch)
        }
    }

    var issuer: String { expectations.issuer }

    /// Verifies the token of an `Authorization: Bearer` header (without the word `Bearer`) as of `now`.
    ///
    /// A token that has been verified before costs one hash, until it expires or its key is withdrawn. It waits for
    /// the network only when there are no usable keys, or when it names one that nobody has seen yet.
    /// It runs where its caller runs: a token seen before costs no change of executor.
    ///
    /// An API token, told by its prefix, is one that the issuer was asked about within ``Introspection/activeLifetime``.
    /// What is not of its form and checksum is refused without a question.
    public nonisolated(nonsending) func verify(_ bearer: String, at now: Instant) async throws(Failure) -> VerifiedToken
    {
        guard bearer.utf8.count <= UnverifiedToken.maximumLength else { throw .malformed }
        let text = Array(bearer.utf8)
        let digest = SHA256.hash(text)
        if bearer.hasPrefix(APITokenForm.prefix) { return try await apiToken(bearer, digest, at: now) }
        if let generation = keys.generation(at: now), let token = cache.token(digest, generation, at: now) {
            try revocations?.check(token, at: now)
            return token
        }
        let unverified = try parse(text)
        let (key, generation) = try await keys.key(named: keyID(of: unverified), at: now)
        let token = try VerifiedToken(claims(of: unverified, verifiedBy: key), meeting: expectations, at: now)
        cache.insert(token, digest, generation)
        lastHeader.remember(unverified)
        try revocations?.check(token, at: now)
        return token
    }

    private nonisolated(nonsending) func apiToken(
        _ text: String, _ digest: [UInt8], at now: Instant
    ) async throws(Failure) -> VerifiedToken {
        guard let introspected else { throw .apiTokensNotAccepted }
        guard APITokenForm(text) != nil else { throw .inactive }
        let token = try await introspected.token(text, digest, at: now)
        // It was good when it was asked about, which may be a while ago.
        if let revocations, revocations.hasEnded(apiToken: token) { throw .inactive }
        return token
    }

    /// The checks that need no key, so that a stranger's token costs no signature and no fetch.
    private func parse(_ text: [UInt8]) throws(Failure) -> UnverifiedToken {
        let token: UnverifiedToken
        do {
            token = try UnverifiedToken(parsing: text, known: lastHeader.known)
        } catch .unknownAlgorithm {
            throw .unacceptableAlgorithm
        } catch {
            throw .malformed
        }
        guard algorithms.contains(token.header.algorithm) else { throw .unacceptableAlgorithm }
        // RFC 9068 §4: an ID token, or any other JWT of the issuer, must not pass as an access token.
        guard let type = token.header.type, ["at+jwt", "application/at+jwt"].contains(where: type.isExactly) else {
            throw .notAnAccessToken
        }
        return token
    }

    /// A token without a `kid` names no key, and no key is ever tried by default.
    func keyID(of token: UnverifiedToken) throws(Failure) -> String {
        guard let keyID = token.header.keyID else { throw .unknownKey }
        return keyID
    }

    func claims(of token: UnverifiedToken, verifiedBy key: VerificationKey) throws(Failure) -> JSONObject {
        do {
            return try token.verified(by: key)
        } catch .wrongKey {
            throw .unknownKey
        } catch .invalidClaims {
            throw .malformed
        } catch {
            throw .invalidSignature
        }
    }
}

/// The header of the token that was verified last; the next one very likely has the same. Behind a lock.
private final class LastHeader: Sendable {
    private let last = Mutex<(header: UnverifiedToken.Header, known: UnverifiedToken.KnownHeader)?>(nil)

    var known: UnverifiedToken.KnownHeader? { last.withLock { $0?.known } }

    func remember(_ token: UnverifiedToken) {
        last.withLock { if $0?.header != token.header { $0 = (token.header, token.knownHeader) } }
    }
}

/// What the claims of a token must say.
struct Expectations: Sendable {
    let issuer: String
    /// Nil: any.
    let audience: String?
}
