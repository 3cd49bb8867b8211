@testable import LatchkeyVerifier
import Testing

@Suite("The cache of verified tokens")
struct VerifiedTokenCacheTests {
    @Test("it is bounded, and keeps what is in use")
    func bounded() async throws {
        let issuer = try Issuer()
        let token = try await issuer.verifier.verify(issuer.token(), at: Issuer.now)
        let cache = VerifiedTokenCache()
        let used = SHA256.hash([0])
        cache.insert(token, used, 0)
        for number in 0..<30_000 {
            cache.insert(token, SHA256.hash(Array("\(number)".utf8)), 0)
            if number % 1000 == 0 { #expect(cache.token(used, 0, at: Issuer.now) != nil) }
        }
        #expect(cache.count <= 2 * VerifiedTokenCache.halfCapacity)
        #expect(cache.token(SHA256.hash(Array("0".utf8)), 0, at: Issuer.now) == nil)
    }

    @Test("a token is not given for another text, another generation of keys, or after its exp")
    func conditions() async throws {
        let issuer = try Issuer()
        let token = try await issuer.verifier.verify(issuer.token(), at: Issuer.now)
        let cache = VerifiedTokenCache()
        cache.insert(token, [1], 3)
        #expect(cache.token([1], 3, at: Issuer.now)?.tokenID == "jti-1")
        #expect(cache.token([2], 3, at: Issuer.now) == nil)
        #expect(cache.token([1], 4, at: Issuer.now) == nil)
        let end = try #require(token.expiresAt)
        #expect(cache.token([1], 3, at: end) == nil)
        #expect(cache.token([1], 3, at: Issuer.now - .seconds(31)) == nil)
    }
}
