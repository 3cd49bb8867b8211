import Synchronization
import Testing

@testable import LatchkeyVerifier

@Suite("Revocations that are followed")
struct RevocationTests {
    private let issuer: Issuer
    private let feed: Feed

    init() throws {
        issuer = try Issuer()
        feed = Feed()
    }

    /// Makes the document that answers the question with this `since`.
    private typealias Document = @Sendable (_ since: String) throws -> String

    /// A feed that answers what it is told to, and keeps what it was asked.
    private final class Feed: Sendable {
        private let state = Mutex<(answer: Document?, queries: [RevocationQuery])>((nil, []))

        struct Unreachable: Error {}

        func serve(_ answer: Document?) { state.withLock { $0.answer = answer } }

        var queries: [RevocationQuery] { state.withLock(\.queries) }

        func fetch(_ query: RevocationQuery) throws -> [UInt8] {
            let answer = state.withLock { state in
                state.queries.append(query)
                return state.answer
            }
            guard let answer else { throw Unreachable() }
            return Array(try answer(query.since ?? "").utf8)
        }
    }

    private func verifier(_ policy: RevocationPolicy = .closed(after: .seconds(120))) -> TokenVerifier {
        TokenVerifier(
            issuer: Issuer.url, audience: Issuer.audience, algorithms: [.es256], keys: .fixed(issuer.keySet),
            revocations: .feed(policy) { [feed] in try feed.fetch($0) })
    }

    private func document(
        type: String = "revocations+jwt", _ revoked: [String: Instant] = [:], at now: Instant = Issuer.now,
        _ changes: KeyValuePairs<String, JSONValue?> = [:], by issuer: Issuer? = nil
    ) -> Document {
        let members = revoked.map { (name: $0.key, value: JSONValue.integer($0.value.seconds)) }
        let key = (issuer ?? self.issuer).key
        return { since in
            var claims: JSONObject = [
                "iss": .string(Issuer.url), "iat": .integer(now.seconds), "since": .string(since),
                "cursor": .string("1.1"), "more": .bool(false), "retention": .integer(14_460),
                "revoked": .object(JSONObject(members)),
            ]
            for (name, value) in changes { claims[name] = value }
            return try key.token(type: type, claims: JSONValue.object(claims).serialized())
        }
    }

    /// Has the verifier hear a document.
    private func hear(_ verifier: TokenVerifier, _ document: Document?, at now: Instant = Issuer.now) async throws {
        feed.serve(document)
        _ = try await verifier.hearRevocations { now }
    }

    @Test(
        "a token is refused by its login, its user, its client or all at once; whatever it was verified before",
        arguments: ["grt_1", "usr_1", "latchkey-cli", "*"])
    func refused(_ name: String) async throws {
        let (verifier, token) = (verifier(), try issuer.token())
        try await hear(verifier, document(["grt_2": Issuer.now, "usr_2": Issuer.now, "other": Issuer.now]))
        _ = try await verifier.verify(token, at: Issuer.now)
        try await hear(verifier, document([name: Issuer.now]))
        await #expect(throws: TokenVerifier.Failure.revoked) { try await verifier.verify(token, at: Issuer.now) }
    }

    @Test("a genuine document that answers another question is refused, and what it leaves out is asked for again")
    func otherQuestion() async throws {
        let verifier = verifier()
        try await hear(verifier, document())
        let wrong: [JSONValue?] = [.string(""), .string("1.0"), .string("9.9"), .null, nil]
        for since in wrong {
            let other = document(at: Issuer.now, ["since": since, "cursor": .string("9.9")])
            await #expect(throws: TokenVerifier.Failure.invalidClaim("since")) { try await hear(verifier, other) }
        }
        try await hear(verifier, document(["grt_1": Issuer.now]))
        #expect(feed.queries.map(\.since) == [nil] + Array(repeating: "1.1", count: 6))
        await #expect(throws: TokenVerifier.Failure.revoked) {
            try await verifier.verify(issuer.token(), at: Issuer.now)
        }
    }

    @Test("more that leads nowhere is no reason to hurry")
    func endless() async throws {
        let verifier = verifier()
        feed.serve(document(at: Issuer.now, ["more": .bool(true)]))
        #expect(try await verifier.hearRevocations { Issuer.now })
        #expect(try await !verifier.hearRevocations { Issuer.now })
    }

    @Test("what was heard before the clock was set back counts as not heard")
    func setBack() async throws {
        let verifier = verifier()
        try await hear(verifier, document())
        let token = try issuer.token(["iat": .integer(Issuer.now.seconds - 100)])
        _ = try await verifier.verify(token, at: Issuer.now - .seconds(29))
        await #expect(throws: TokenVerifier.Failure.revocationsUnavailable) {
            try await verifier.verify(token, at: Issuer.now - .seconds(31))
        }
    }

    @Test("an API token that is remembered as good is refused when its own end is heard, and upon nothing else")
    func apiTokens() async throws {
        let (server, token) = (IntrospectionServer(), IntrospectionServer.token(1))
        server.know(token, IntrospectionServer.good())
        let verifier = TokenVerifier(
            issuer: Issuer.url, audience: Issuer.audience, algorithms: [.es256], keys: .fixed(issuer.keySet),
            introspection: server.single,
            revocations: .feed(.closed(after: .seconds(120))) { [feed] in try feed.fetch($0) })
        _ = try await verifier.verify(token, at: Issuer.now)
        try await hear(verifier, document(["*": Issuer.now, "tok_2": Issuer.now]))
        _ = try await verifier.verify(token, at: Issuer.now)
        try await hear(verifier, document(["tok_1": Issuer.now]))
        await #expect(throws: TokenVerifier.Failure.inactive) { try await verifier.verify(token, at: Issuer.now) }
        #expect(server.asked.count == 1)
    }

    @Test("a token that was issued later than what ended is good: its user was enabled again")
    func issuedLater() async throws {
        let verifier = verifier()
        try await hear(verifier, document(["usr_1": Issuer.now - .seconds(1), "*": Issuer.now - .seconds(1)]))
        _ = try await verifier.verify(issuer.token(), at: Issuer.now)
    }

    @Test("each question goes on after the answer before, and waits a third of what is allowed, a minute at most")
    func questions() async throws {
        let strict = verifier(.closed(after: .seconds(12)))
        try await hear(strict, document())
        try await hear(strict, document([:], ["cursor": .string("7.2")]))
        _ = try? await hear(strict, document())
        #expect(feed.queries.map(\.text) == ["wait=0", "since=1.1&wait=4", "since=7.2&wait=4"])
        let lax = verifier(.open(for: .seconds(86_400)))
        try await hear(lax, document())
        _ = try? await hear(lax, document())
        #expect(feed.queries.last?.wait == .seconds(60))
    }

    @Test("the first question after a failure is not held, goes on where it was, and those after it are held again")
    func questionsAfterFailure() async throws {
        let verifier = verifier()
        try await hear(verifier, document([:], ["cursor": .string("7.2")]))
        await #expect(throws: Feed.Unreachable.self) { try await hear(verifier, nil) }
        await #expect(throws: TokenVerifier.Failure.self) { try await hear(verifier, document(by: Issuer())) }
        try await hear(verifier, document([:], ["cursor": .string("7.3")]))
        _ = try? await hear(verifier, nil)
        #expect(
            feed.queries.map(\.text)
                == ["wait=0", "since=7.2&wait=40", "since=7.2&wait=0", "since=7.2&wait=0", "since=7.3&wait=40"])
    }

    @Test("an issuer that was gone for longer than is allowed is believed again with its first answer")
    func backAgain() async throws {
        let verifier = verifier()
        try await hear(verifier, document())
        let later = Issuer.now + .seconds(300)
        _ = try? await hear(verifier, nil, at: later)
        let token = try issuer.token()
        await #expect(throws: TokenVerifier.Failure.revocationsUnavailable) {
            try await verifier.verify(token, at: later)
        }
        try await hear(verifier, document(at: later), at: later)
        #expect(feed.queries.last?.wait == .zero)
        _ = try await verifier.verify(token, at: later)
    }

    @Test("closed: nothing is accepted before the feed was heard, nor when it was not heard for too long")
    func closed() async throws {
        let (verifier, token) = (verifier(), try issuer.token())
        let silent = TokenVerifier.Failure.revocationsUnavailable
        #expect(silent.status == 503)
        await #expect(throws: silent) { try await verifier.verify(token, at: Issuer.now) }
        try await hear(verifier, document())
        _ = try await verifier.verify(token, at: Issuer.now + .seconds(119))
        await #expect(throws: silent) { try await verifier.verify(token, at: Issuer.now + .seconds(120)) }
        try await hear(verifier, document(at: Issuer.now + .seconds(130)), at: Issuer.now + .seconds(130))
        _ = try await verifier.verify(token, at: Issuer.now + .seconds(131))
    }

    @Test("open: tokens are accepted from the start and while the feed is silent, for the stated time and no longer")
    func open() async throws {
        let (verifier, token) = (verifier(.open(for: .seconds(900))), try issuer.token())
        _ = try await verifier.verify(token, at: Issuer.now)
        _ = try await verifier.verify(token, at: Issuer.now + .seconds(899))
        await #expect(throws: TokenVerifier.Failure.revocationsUnavailable) {
            try await verifier.verify(token, at: Issuer.now + .seconds(900))
        }
        try await hear(verifier, document(["grt_1": Issuer.now]))
        await #expect(throws: TokenVerifier.Failure.revoked) { try await verifier.verify(token, at: Issuer.now) }
    }

    @Test("a document that is not the issuer's, not of now or not a document is not taken, and nothing is forgotten")
    func forged() async throws {
        let verifier = verifier()
        try await hear(verifier, document(["grt_1": Issuer.now]))
        let stranger = try Issuer()
        let token = try issuer.token()
        let bad: [Document] = [
            document(by: stranger), document(type: "at+jwt"), document(type: "JWT"), { _ in token },
            document([:], ["iss": .string("https://evil.example")]), document([:], ["cursor": nil]),
            document([:], ["cursor": .string("1&wait=0")]), document([:], ["more": .string("no")]),
            document([:], ["retention": .integer(0)]), document([:], ["revoked": .array([])]),
            document([:], ["revoked": .object(["grt_2": .string("now")])]),
            document(at: Issuer.now - .seconds(61)), document(at: Issuer.now + .seconds(31)), { _ in "" },
            { _ in "a.b.c" },
        ]
        for document in bad {
            await #expect(throws: TokenVerifier.Failure.self) { try await hear(verifier, document) }
        }
        await #expect(throws: Feed.Unreachable.self) { try await hear(verifier, nil) }
        #expect(feed.queries.allSatisfy { $0.since == nil || $0.since == "1.1" })
        await #expect(throws: TokenVerifier.Failure.revoked) {
            try await verifier.verify(issuer.token(), at: Issuer.now)
        }
        // A list must not pass as an access token either.
        let list = try document()("")
        await #expect(throws: TokenVerifier.Failure.notAnAccessToken) {
            try await verifier.verify(list, at: Issuer.now)
        }
    }

    @Test("with more to come the present is not known yet")
    func more() async throws {
        let verifier = verifier()
        feed.serve(document([:], ["more": .bool(true)]))
        #expect(try await verifier.hearRevocations { Issuer.now })
        await #expect(throws: TokenVerifier.Failure.revocationsUnavailable) {
            try await verifier.verify(issuer.token(), at: Issuer.now)
        }
    }

    @Test("what no token can be affected by any more is forgotten")
    func forgetting() async throws {
        let list = RevocationList(.closed(after: .seconds(60)))
        func take(_ name: String, at now: Instant) {
            list.take(
                RevocationList.Answer(
                    cursor: "1.1", revoked: [name: now], retention: .seconds(100), hasMore: false, signedAt: now),
                at: now)
        }
        take("a", at: Issuer.now)
        take("b", at: Issuer.now + .seconds(99))
        #expect(list.count == 2)
        take("c", at: Issuer.now + .seconds(160))
        #expect(list.count == 2)
    }

    @Test("after a failure it is tried again soon, and then less often")
    func pauses() {
        #expect((1...5).map(TokenVerifier.pause(afterFailures:)) == [1, 2, 4, 8, 8].map { .seconds($0) })
    }
}
