import JOSE
import Testing

@testable import Identity

@Suite("The rules of API tokens")
struct APITokenRuleTests {
    private let key = PurposeKeys.first.apiTokens
    private let id = APIToken.ID(rawValue: 7)

    private func secret() -> APITokenSecret { APITokenSecret(of: id, random: .system) }

    private func token(_ secret: APITokenSecret, expiresAt: Instant? = nil) -> APIToken {
        APIToken(
            id: id, organization: .init(rawValue: 1), label: "CI", access: .full, scopes: ["jobs:read"], resources: nil,
            code: secret.code(key), lastFour: secret.lastFour, createdBy: .init(rawValue: 1), createdAt: .start,
            expiresAt: expiresAt)
    }

    private func use(_ token: APIToken, _ secret: APITokenSecret, at seconds: Int64) -> APITokenUseRefusal? {
        token.use(of: secret, on: .pro, key: key, at: .start + .seconds(seconds)).refusal
    }

    private func rotate(
        _ token: inout APIToken, to secret: APITokenSecret, overlap: Int64, at seconds: Int64
    ) -> APITokenRefusal? {
        token.rotate(
            to: secret, code: secret.code(key), overlap: .seconds(overlap), at: .start + .seconds(seconds)
        ).refusal
    }

    @Test("a secret works until the overlap ends, to the microsecond, and tells so afterwards")
    func overlap() {
        let (first, second) = (secret(), secret())
        var token = token(first)
        #expect(rotate(&token, to: second, overlap: 60, at: 0) == nil)
        #expect(token.use(of: first, on: .pro, key: key, at: .start) == .success(.start + .seconds(60)))
        #expect(token.use(of: second, on: .pro, key: key, at: .start) == .success(nil))
        #expect(
            token.use(of: first, on: .pro, key: key, at: .start + .seconds(60) - .microseconds(1)).refusal == nil)
        #expect(use(token, first, at: 60) == .rotated)
        #expect(use(token, second, at: 60) == nil)
        #expect(token.generation == 2 && token.lastFour == second.lastFour)
    }

    @Test("without overlap the secret before is over at once, and so is one before that")
    func noOverlap() {
        let secrets = [secret(), secret(), secret()]
        var token = token(secrets[0])
        #expect(rotate(&token, to: secrets[1], overlap: 60, at: 0) == nil)
        #expect(rotate(&token, to: secrets[2], overlap: 1, at: 1) == .overlapRunning(until: .start + .seconds(60)))
        #expect(rotate(&token, to: secrets[2], overlap: 0, at: 1) == nil)
        #expect(secrets.map { use(token, $0, at: 1) } == [.unknown, .unknown, nil])
    }

    @Test(
        "an overlap is from none to a week",
        arguments: [(-1, false), (0, true), (604_800, true), (604_801, false)] as [(Int64, Bool)])
    func bounds(seconds: Int64, isAllowed: Bool) {
        var token = token(secret())
        #expect(rotate(&token, to: secret(), overlap: seconds, at: 0) == (isAllowed ? nil : .overlapTooLong))
        #expect(token.generation == (isAllowed ? 2 : 1))
    }

    @Test("an overlap does not outlive the token")
    func expiry() {
        let (first, second) = (secret(), secret())
        var token = token(first, expiresAt: .start + .seconds(30))
        #expect(rotate(&token, to: second, overlap: 60, at: 0) == nil)
        #expect(token.use(of: first, on: .pro, key: key, at: .start) == .success(.start + .seconds(30)))
        #expect(token.overlapEnd(at: .start) == .start + .seconds(30))
        #expect([first, second].map { use(token, $0, at: 30) } == [.expired, .expired])
        #expect(token.overlapEnd(at: .start + .seconds(30)) == nil)
        #expect(rotate(&token, to: secret(), overlap: 0, at: 30) == .expired)
    }

    @Test("a revoked token is over for all of its secrets, and the first time stays")
    func revocation() {
        let (first, second) = (secret(), secret())
        var token = token(first)
        _ = rotate(&token, to: second, overlap: 60, at: 0)
        let (isFirst, isSecond) = (token.revoke(at: .start), token.revoke(at: .start + .seconds(1)))
        #expect(isFirst && !isSecond)
        #expect(token.revokedAt == .start && token.overlapEnd(at: .start) == nil)
        #expect([first, second, secret()].map { use(token, $0, at: 0) } == [.revoked, .revoked, .unknown])
        #expect(rotate(&token, to: secret(), overlap: 0, at: 0) == .revoked)
    }

    @Test("its status is what people need to know first")
    func status() {
        let week = Duration.seconds(7 * 86_400)
        var token = token(secret(), expiresAt: .start + week + week)
        #expect(token.status(on: .pro, at: .start) == .active)
        #expect(token.status(on: .pro, at: .start + week - .microseconds(1)) == .active)
        #expect(token.status(on: .pro, at: .start + week) == .expiring)
        #expect(token.status(on: .free, at: .start + week) == .suspended)
        #expect(token.status(on: .free, at: .start + week + week) == .expired)
        _ = token.revoke(at: .start)
        #expect(token.status(on: .free, at: .start + week + week) == .revoked)
    }
}

@Suite("What a new API token may do")
struct MintingTests {
    private let known: Set<String> = ["jobs:read", "jobs:write", "bills:read"]

    private func scopes(
        _ access: APIToken.Access, _ chosen: ScopeSet = [], held: ScopeSet = ["jobs:read", "jobs:write", "gone:read"],
        on terms: PlanTerms = .business
    ) -> Result<ScopeSet, APITokenRefusal> {
        Minting(label: "CI", access: access, scopes: chosen).scopes(on: terms, held: held, known: known)
    }

    @Test("is all that its maker's login may and the catalog knows, or what of it only reads")
    func wholes() {
        #expect(scopes(.full) == .success(["jobs:read", "jobs:write"]))
        #expect(scopes(.readOnly) == .success(["jobs:read"]))
        #expect(scopes(.readOnly, held: ["jobs:write"]) == .failure(.noScopes))
        #expect(scopes(.full, held: []) == .failure(.noScopes))
    }

    @Test("is a choice of that, and never more")
    func choices() {
        #expect(scopes(.custom, ["jobs:write"]) == .success(["jobs:write"]))
        #expect(scopes(.custom, ["jobs:read", "bills:read"]) == .failure(.scopeNotHeld("bills:read")))
        #expect(scopes(.custom, ["gone:read"]) == .failure(.scopeUnknown("gone:read")))
        #expect(scopes(.custom, ["jobs:READ"]) == .failure(.scopeUnknown("jobs:READ")))
        #expect(scopes(.custom) == .failure(.noScopes))
    }

    @Test("seeds 000, 001, 003: none on free, no choice on pro")
    func plans() {
        for access in APIToken.Access.allCases {
            #expect(scopes(access, ["jobs:read"], on: .free) == .failure(.planWithoutTokens(.free)))
        }
        #expect(scopes(.full, on: .pro).refusal == nil)
        #expect(scopes(.custom, ["jobs:read"], on: .pro) == .failure(.planWithoutCustomScopes(.pro)))
        #expect(scopes(.custom, ["jobs:read"], on: .enterprise).refusal == nil)
    }
}

@Suite("Resource restrictions")
struct ResourceRestrictionsTests {
    private func read(_ text: String) throws -> ResourceRestrictions? {
        ResourceRestrictions(try #require(try JSONValue.parse(Array(text.utf8)).object))
    }

    @Test("are kept to the letter, in their order")
    func kept() throws {
        let text = #"{"projects":["prj_1","prj_2"],"areas":["a/b:c"]}"#
        let restrictions = try #require(try read(text))
        #expect(restrictions.text == text)
        #expect(ResourceRestrictions(stored: text) == restrictions)
    }

    @Test(
        "are refused when they could be read in two ways, or are too many",
        arguments: [
            "{}", #"{"projects":[]}"#, #"{"projects":"prj_1"}"#, #"{"projects":[1]}"#, #"{"projects":[""]}"#,
            #"{"":["a"]}"#, #"{"projects":["a","a"]}"#, #"{"projects":["a b"]}"#, #"{"projects":["é"]}"#,
            #"{"projects":["\""]}"#, #"{"projects":{"a":["b"]}}"#, #"{"projects":null}"#,
        ])
    func refused(text: String) throws {
        #expect(try read(text) == nil)
        #expect(ResourceRestrictions(stored: text) == nil)
    }

    @Test("are bounded in kinds, items, and the length of each and of all")
    func bounds() throws {
        func object(kinds: Int, items: Int, length: Int) -> JSONObject {
            JSONObject(
                (0..<kinds).map { kind in
                    let items = (0..<items).map { item in
                        JSONValue.string(
                            "\(item)" + String(repeating: "x", count: length - "\(item)".count))
                    }
                    return (name: "kind\(kind)", value: .array(items))
                })
        }
        #expect(ResourceRestrictions(object(kinds: 16, items: 2, length: 100)) != nil)
        #expect(ResourceRestrictions(object(kinds: 17, items: 1, length: 1)) == nil)
        #expect(ResourceRestrictions(object(kinds: 1, items: 100, length: 4)) != nil)
        #expect(ResourceRestrictions(object(kinds: 1, items: 101, length: 4)) == nil)
        #expect(ResourceRestrictions(object(kinds: 1, items: 1, length: 128)) != nil)
        #expect(ResourceRestrictions(object(kinds: 1, items: 1, length: 129)) == nil)
        #expect(ResourceRestrictions(object(kinds: 1, items: 50, length: 90)) == nil)
    }
}
