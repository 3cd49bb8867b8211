import JOSE
import Testing

@testable import Identity

/// The grant of these tests is in generation 5, begun at `.start` by a call with the key `[7]`.
@Suite("The rule of rotation")
struct RefreshRuleTests {
    private func refresh(
        _ grant: inout Grant, presenting generation: Int64, key: [UInt8]? = nil,
        by client: ClientPresence = .authenticated(.example()), scopes: ScopeSet? = nil, resource: String? = nil,
        standing: Standing = .example(), after age: Duration = .seconds(10)
    ) -> Result<Refresh, RefreshRefusal> {
        let request = RefreshRequest(
            generation: generation, client: client, idempotencyKey: key, scopes: scopes, resource: resource,
            address: "203.0.113.1")
        return grant.refresh(request, standing: standing, issuer: World.issuer, at: .start + age)
    }

    /// A request that must be refused and leave the token as good as before.
    private func expectRefused(
        _ refusal: RefreshRefusal, of grant: Grant = .example(), by client: ClientPresence = .authenticated(.example()),
        scopes: ScopeSet? = nil, resource: String? = nil, standing: Standing = .example(),
        after age: Duration = .seconds(10), sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var touched = grant
        let answer = refresh(
            &touched, presenting: grant.generation, by: client, scopes: scopes, resource: resource, standing: standing,
            after: age)
        #expect(answer == .failure(refusal), sourceLocation: sourceLocation)
        #expect(touched.generation == grant.generation, sourceLocation: sourceLocation)
        #expect(touched.revokedAt == grant.revokedAt, sourceLocation: sourceLocation)
        #expect(touched.lastUsedAt == grant.lastUsedAt, sourceLocation: sourceLocation)
    }

    @Test("takes the current generation on to the next and remembers when, whence and by which call")
    func rotation() {
        var grant = Grant.example()
        #expect(refresh(&grant, presenting: 5, key: [1]) == .success(.rotated))
        #expect(grant.generation == 6)
        #expect(grant.rotatedAt == .start + .seconds(10))
        #expect(grant.rotationKey == [1])
        #expect(grant.lastUsedAt == .start + .seconds(10))
        #expect(grant.lastUsedAddress == "203.0.113.1")
        #expect(grant.revokedAt == nil)
    }

    /// Every combination: how old, with which key, with which leeway, how long after the rotation.
    @Test("ends the grant when an older generation is presented, unless it is the call before, repeated")
    func presentedAgain() {
        let leeways: [Duration] = [.zero, .seconds(10), .seconds(60)]
        let ages: [Duration] = [.zero, .seconds(10), .microseconds(10_000_001), .seconds(60), .seconds(61)]
        for generation in Int64(1)...4 {
            for key: [UInt8]? in [nil, [7], [8], []] {
                for (leeway, age) in leeways.flatMap({ leeway in ages.map { (leeway, $0) } }) {
                    let isSameCall = key == [7] && age <= .seconds(60)
                    let isInLeeway = leeway > .zero && age <= leeway
                    let isRepetition = generation == 4 && (isSameCall || isInLeeway)
                    var grant = Grant.example()
                    let standing = Standing.example(client: .example(leeway: leeway))
                    let answer = refresh(&grant, presenting: generation, key: key, standing: standing, after: age)
                    #expect(answer == (isRepetition ? .success(.repeated) : .failure(.reused)))
                    #expect(grant.generation == 5)
                    #expect(grant.revokedAt == (isRepetition ? nil : .start + age))
                    #expect(grant.revocationReason == (isRepetition ? nil : .reuse))
                }
            }
        }
    }

    @Test("takes a call without a key for no repetition of a call without a key")
    func noKey() {
        var grant = Grant.example(rotationKey: nil)
        #expect(refresh(&grant, presenting: 4, key: nil) == .failure(.reused))
    }

    @Test("repeats nothing before the first rotation")
    func neverRotated() {
        var grant = Grant.example(generation: 2, rotationKey: [7])
        grant.rotatedAt = nil
        #expect(refresh(&grant, presenting: 1, key: [7]) == .failure(.reused))
    }

    @Test("ends the grant when R1 comes back after R2 and R3, inside any leeway and under its own key")
    func firstAfterThird() {
        var grant = Grant.example(generation: 1)
        let standing = Standing.example(client: .example(leeway: .seconds(60)))
        #expect(refresh(&grant, presenting: 1, key: [1], standing: standing, after: .seconds(1)) == .success(.rotated))
        #expect(refresh(&grant, presenting: 2, key: [2], standing: standing, after: .seconds(2)) == .success(.rotated))
        #expect(refresh(&grant, presenting: 1, key: [1], standing: standing, after: .seconds(3)) == .failure(.reused))
        #expect(refresh(&grant, presenting: 3, key: [3], standing: standing, after: .seconds(4)) == .failure(.revoked))
    }

    @Test("knows no generation that has not begun")
    func ahead() {
        for generation in [6, 7, Int64.max] {
            var grant = Grant.example()
            #expect(refresh(&grant, presenting: generation) == .failure(.unknown))
            #expect(grant.revokedAt == nil)
        }
    }

    @Test("has an end, not a trap, at the last generation")
    func lastGeneration() {
        expectRefused(.expired, of: .example(generation: .max))
    }

    @Test("refuses another client and leaves the owner's token alive")
    func otherClient() {
        expectRefused(.otherClient, by: .authenticated(.example(2)))
        var grant = Grant.example()
        #expect(refresh(&grant, presenting: 1, by: .authenticated(.example(2))) == .failure(.otherClient))
        #expect(grant.revokedAt == nil)
    }

    @Test("lets a request that names no client speak for a public client only")
    func unnamedClient() {
        let confidential = Standing.example(client: .example(secretCode: [1]))
        expectRefused(.clientUnproven, by: .unnamed, standing: confidential)
        var grant = Grant.example()
        #expect(refresh(&grant, presenting: 1, by: .unnamed, standing: confidential) == .failure(.clientUnproven))
        #expect(grant.revokedAt == nil)
        #expect(refresh(&grant, presenting: 5, by: .unnamed) == .success(.rotated))
    }

    @Test("refuses a client that may not refresh")
    func grantType() {
        expectRefused(
            .grantTypeNotAllowed, standing: .example(client: .example(grantTypes: [.deviceCode, .magicLink])))
    }

    @Test("refuses when the user is disabled, is no member any more, or the client is disabled")
    func standing() {
        expectRefused(.standing(.userDisabled), standing: .example(userIsEnabled: false))
        expectRefused(.standing(.notAMember), standing: .example(role: nil))
        expectRefused(
            .standing(.clientDisabled), standing: .example(client: .example(disabledAt: .start)))
    }

    @Test("refuses when a granted scope was withdrawn from the client or from the catalog")
    func withdrawnScope() {
        expectRefused(
            .standing(.scopeWithdrawn("jobs:write")), standing: .example(client: .example(scopes: ["jobs:read"])))
        let smaller = ResourceServer(
            identifier: ResourceServer.example.identifier, name: "", scopes: [Scope("jobs:write", "")])
        expectRefused(
            .standing(.scopeWithdrawn("jobs:read")), standing: .example(catalog: ScopeCatalog(servers: [smaller])))
        expectRefused(
            .standing(.audienceUnknown), of: .example(audience: ResourceServer.example.identifier),
            standing: .example(catalog: ScopeCatalog(servers: [])))
    }

    @Test("finds theft even where the token would be refused for another reason")
    func theftFirst() {
        var grant = Grant.example()
        let answer = refresh(
            &grant, presenting: 4, scopes: ["bills:read"], resource: "https://other.example",
            standing: .example(userIsEnabled: false))
        #expect(answer == .failure(.reused))
        #expect(grant.revocationReason == .reuse)
    }

    @Test("does not repeat an answer to someone who may not have it any more")
    func repetitionStands() {
        var grant = Grant.example()
        let answer = refresh(&grant, presenting: 4, key: [7], standing: .example(userIsEnabled: false))
        #expect(answer == .failure(.standing(.userDisabled)))
        #expect(grant.revokedAt == nil)
    }

    @Test("gives fewer scopes when asked, and refuses more without spending the token")
    func scopes() {
        var grant = Grant.example()
        #expect(refresh(&grant, presenting: 5, scopes: ["jobs:read"]) == .success(.rotated))
        #expect(grant.scopes == ["jobs:read", "jobs:write"])
        expectRefused(.scopeNotGranted("bills:read"), scopes: ["jobs:read", "bills:read"])
        expectRefused(.scopeNotGranted("no:such"), scopes: ["no:such"])
    }

    @Test("is bound to one resource server: asking for another leaves the token alive")
    func resource() {
        var grant = Grant.example()
        #expect(refresh(&grant, presenting: 5, resource: World.issuer) == .success(.rotated))
        expectRefused(.otherResource, resource: ResourceServer.example.identifier)

        let bound = Grant.example(audience: ResourceServer.example.identifier)
        var same = bound
        #expect(refresh(&same, presenting: 5, resource: bound.audience) == .success(.rotated))
        expectRefused(.otherResource, of: bound, resource: World.issuer)
        expectRefused(.otherResource, of: bound, resource: ResourceServer.example.identifier + "/")
    }

    @Test("ends after 30 idle days, and after a year however busy")
    func lifetimes() {
        let day = Duration.seconds(86_400)
        var idle = Grant.example()
        #expect(refresh(&idle, presenting: 5, after: day * 30 - .microseconds(1)) == .success(.rotated))
        expectRefused(.expired, after: day * 30)

        var busy = Grant.example()
        busy.lastUsedAt = .start + day * 364
        #expect(refresh(&busy, presenting: 5, after: day * 365 - .microseconds(1)) == .success(.rotated))
        busy.generation = 5
        expectRefused(.expired, of: busy, after: day * 365)
    }

    @Test("refuses an ended grant, and the first reason for its end stays")
    func revoked() {
        var grant = Grant.example()
        grant.revoke(.signedOut, at: .start + .seconds(1))
        expectRefused(.revoked, of: grant)
        #expect(refresh(&grant, presenting: 1) == .failure(.revoked))
        grant.revoke(.reuse, at: .start + .seconds(5))
        #expect(grant.revokedAt == .start + .seconds(1))
        #expect(grant.revocationReason == .signedOut)
    }
}
