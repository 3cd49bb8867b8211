import LatchkeyVerifier
import Testing

@Suite("Keys that are fetched")
struct RemoteKeysTests {
    private let issuer: Issuer
    private let server: KeyServer
    private let verifier: TokenVerifier

    init() throws {
        issuer = try Issuer()
        server = KeyServer(issuer.keySet)
        verifier = server.verifier
    }

    private func token(_ issuer: Issuer) throws -> String {
        try issuer.token(["exp": .integer(Issuer.now.seconds + 100_000)])
    }

    private func after(_ seconds: Int64) -> Instant {
        Issuer.now + .seconds(seconds)
    }

    @Test("nothing is fetched before a token needs it, nor for one that needs no key to be refused")
    func lazily() async throws {
        #expect(server.fetches == 0)
        await #expect(throws: TokenVerifier.Failure.notAnAccessToken) {
            try await verifier.verify(issuer.token(type: "JWT"), at: Issuer.now)
        }
        #expect(server.fetches == 0)
        for number in 0..<10 {
            _ = try await verifier.verify(issuer.token(["jti": .string("\(number)")]), at: after(Int64(number)))
        }
        #expect(server.fetches == 1)
    }

    @Test("a hundred first tokens share one fetch")
    func oneFetchAtATime() async throws {
        server.hold()
        let results = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<100 {
                let token = try issuer.token(["jti": .string("\(number)")])
                group.addTask { try await verifier.verify(token, at: Issuer.now).tokenID }
            }
            await server.asked(times: 1)
            server.release()
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(results.count == 100)
        #expect(server.fetches == 1)
    }

    @Test("one request that is cancelled does not fail the others that wait for the same fetch")
    func cancellation() async throws {
        server.hold()
        let token = try token(issuer)
        let cancelled = Task { try await verifier.verify(token, at: Issuer.now) }
        await server.asked(times: 1)
        let other = Task { try await verifier.verify(token, at: Issuer.now) }
        cancelled.cancel()
        server.release()
        #expect(try await other.value.subject == "usr_1")
        #expect(server.fetches == 1)
    }

    @Test("an unknown kid brings the new key at once, and at most one fetch in 30 seconds")
    func unknownKey() async throws {
        _ = try await verifier.verify(token(issuer), at: Issuer.now)
        let next = try Issuer()
        server.serve(JSONWebKeySet([issuer.key.publicKey, next.key.publicKey]))
        _ = try await verifier.verify(token(next), at: Issuer.now)
        #expect(server.fetches == 2)
        for second in 0..<30 as Range<Int64> {
            await #expect(throws: TokenVerifier.Failure.unknownKey) {
                try await verifier.verify(token(Issuer()), at: after(second))
            }
        }
        #expect(server.fetches == 2)
        await #expect(throws: TokenVerifier.Failure.unknownKey) {
            try await verifier.verify(token(Issuer()), at: after(30))
        }
        #expect(server.fetches == 3)
    }

    @Test("keys are fetched anew in the background before their time is over, and nobody waits")
    func backgroundRefresh() async throws {
        let token = try token(issuer)
        _ = try await verifier.verify(token, at: Issuer.now)
        _ = try await verifier.verify(token, at: after(449))
        #expect(server.fetches == 1)
        server.hold()
        // The server is silent, and yet these return; the cached token alone sees to the refresh.
        for _ in 0..<3 { _ = try await verifier.verify(token, at: after(450)) }
        await server.asked(times: 2)
        server.release()
        #expect(server.fetches == 2)
    }

    @Test("a withdrawn key takes the tokens it signed with it, the cached ones too")
    func withdrawnKey() async throws {
        let old = try token(issuer)
        _ = try await verifier.verify(old, at: Issuer.now)
        let next = try Issuer()
        server.serve(next.keySet)
        _ = try await verifier.verify(token(next), at: after(1))
        await #expect(throws: TokenVerifier.Failure.unknownKey) { try await verifier.verify(old, at: after(2)) }
    }

    @Test("keys past their time are waited for")
    func lapsedKeys() async throws {
        let old = try token(issuer)
        _ = try await verifier.verify(old, at: Issuer.now)
        let next = try Issuer()
        server.serve(next.keySet)
        await #expect(throws: TokenVerifier.Failure.unknownKey) { try await verifier.verify(old, at: after(600)) }
        #expect(try await verifier.verify(token(next), at: after(601)).subject == "usr_1")
    }

    @Test("when the issuer cannot be reached its keys serve for an hour past their time, and then no longer")
    func staleKeys() async throws {
        let token = try token(issuer)
        _ = try await verifier.verify(token, at: Issuer.now)
        server.serve(nil)
        _ = try await verifier.verify(token, at: after(600))
        let fetches = server.fetches
        _ = try await verifier.verify(token, at: after(604))
        #expect(server.fetches == fetches)
        _ = try await verifier.verify(token, at: after(600 + 3599))
        await server.asked(times: fetches + 1)
        await #expect(throws: TokenVerifier.Failure.keysUnavailable) {
            try await verifier.verify(token, at: after(600 + 3600 + 10))
        }
        server.serve(issuer.keySet)
        _ = try await verifier.verify(token, at: after(600 + 3600 + 20))
    }

    @Test("an issuer out of reach from the start is asked again after 5 seconds")
    func unreachableFromStart() async throws {
        server.serve(nil)
        let token = try token(issuer)
        for second in 0..<5 as Range<Int64> {
            await #expect(throws: TokenVerifier.Failure.keysUnavailable) {
                try await verifier.verify(token, at: after(second))
            }
        }
        #expect(server.fetches == 1)
        server.serve(issuer.keySet)
        _ = try await verifier.verify(token, at: after(5))
        #expect(server.fetches == 2)
    }

    @Test(
        "an answer that is no key set, or offers no usable key, changes nothing",
        arguments: ["", "<html>", "{}", #"{"keys":[]}"#])
    func uselessAnswers(body: String) async throws {
        let token = try token(issuer)
        _ = try await verifier.verify(token, at: Issuer.now)
        server.serve(body: Array(body.utf8))
        await #expect(throws: TokenVerifier.Failure.keysUnavailable) {
            try await verifier.verify(self.token(Issuer()), at: after(1))
        }
        #expect(server.fetches == 2)
        _ = try await verifier.verify(token, at: after(2))
    }

    @Test("fixed keys are never fetched and never grow old")
    func fixedKeys() async throws {
        let verifier = issuer.verifier
        _ = try await verifier.verify(
            issuer.token(["exp": .integer(4_000_000_000)]), at: Instant(seconds: 3_999_999_999))
        for _ in 0..<3 {
            await #expect(throws: TokenVerifier.Failure.unknownKey) {
                try await verifier.verify(token(Issuer()), at: Issuer.now)
            }
        }
    }

    @Test(
        "Cache-Control tells the age, within a minute and a day",
        arguments: [
            (nil, 300), ("", 300), ("public", 300), ("max-age=600", 600), ("public, max-age=600, immutable", 600),
            ("Public,MAX-AGE=\"900\"", 900), ("max-age=1", 60), ("max-age=-5", 60), ("max-age=x", 60),
            ("max-age=9223372036854775807", 86_400), ("max-age=99999999999999999999", 60), ("no-store", 60),
            ("max-age=600, no-cache", 60), ("s-maxage=600", 300), ("max-age = 700", 700),
        ] as [(String?, Int64)])
    func cacheControl(header: String?, seconds: Int64) {
        #expect(KeySetResponse(body: [], cacheControl: header).maxAge == .seconds(seconds))
    }
}
