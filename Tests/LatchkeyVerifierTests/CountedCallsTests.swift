import JOSE
import Testing

@testable import LatchkeyVerifier

@Suite("Calls that are answered with API tokens")
struct CountedCallsTests {
    private let server = IntrospectionServer()
    private let token = IntrospectionServer.token(1)

    init() {
        server.know(token, IntrospectionServer.good())
    }

    private func after(_ seconds: Int64) -> Instant { Issuer.now + .seconds(seconds) }

    /// Lets what can run, run, until something is so.
    private func wait(until isSo: () -> Bool) async throws {
        for _ in 0..<5_000 where !isSo() { try await Task.sleep(for: .milliseconds(1)) }
        try #require(isSo())
    }

    @Test("are told with the next question about the token, each of them once")
    func told() async throws {
        let other = IntrospectionServer.token(2)
        server.know(other, IntrospectionServer.good())
        for introspection in [server.single, server.batch] {
            let (before, verifier) = (server.counted(token), server.verifier(introspection))
            for _ in 0..<5 { _ = try await verifier.verify(token, at: after(0)) }
            _ = try await verifier.verify(other, at: after(0))
            #expect(server.counted(token) - before == 1)
            for _ in 0..<3 { _ = try await verifier.verify(token, at: after(10)) }
            #expect(server.counted(token) - before == 1 + 5)
            _ = try await verifier.verify(token, at: after(20))
            _ = try await verifier.verify(token, at: after(30))
            #expect(server.counted(token) - before == 5 + 3 + 2)
            #expect(server.told.suffix(5) == [[1], [1], [5], [3], [1]])
        }
    }

    @Test("are told in the words of the endpoint: calls is left out where it is one")
    func words() async throws {
        let questions = [(1, 1), (2, 17)].map { number, calls in
            Introspection.Question(token: IntrospectionServer.token(number), calls: calls)
        }
        let tokens = questions.map(\.token)
        #expect(
            questions.map { String(decoding: $0.form, as: UTF8.self) } == [
                "token=\(tokens[0])", "token=\(tokens[1])&calls=17",
            ])
        #expect(
            String(decoding: questions.json, as: UTF8.self)
                == #"{"tokens":["\#(tokens[0])","\#(tokens[1])"],"calls":[1,17]}"#)
        #expect(String(decoding: [questions[0]].json, as: UTF8.self) == #"{"tokens":["\#(tokens[0])"]}"#)
    }

    @Test("from many tasks at once, over several questions, none is lost and none is counted twice")
    func concurrent() async throws {
        for introspection in [server.single, server.batch] {
            let (before, verifier) = (server.counted(token), server.verifier(introspection))
            let answered = try await withThrowingTaskGroup(of: Int.self) { [token] group in
                for task in 0..<8 {
                    group.addTask {
                        for call in 0..<400 {
                            let now = Issuer.now + .milliseconds(Int64(call * 100 + task))
                            _ = try await verifier.verify(token, at: now)
                            if call.isMultiple(of: 50) { await Task.yield() }
                        }
                        return 400
                    }
                }
                return try await group.reduce(0, +)
            }
            _ = try await verifier.verify(token, at: after(100))
            #expect(server.counted(token) - before == answered + 1)
        }
    }

    @Test("those that wait for one question are told with the next, but for the one that asked")
    func waiting() async throws {
        server.hold()
        let verifier = server.verifier(server.batch)
        let calls = (0..<100).map { _ in Task { [token] in try await verifier.verify(token, at: Issuer.now) } }
        try await wait { !server.asked.isEmpty }
        server.release()
        for call in calls { _ = try await call.value }
        _ = try await verifier.verify(token, at: after(10))
        #expect(server.told == [[1], [100]])
    }

    @Test("outlive questions that fail, and calls that were answered 503 are none")
    func failing() async throws {
        for introspection in [server.single, server.batch] {
            let (before, verifier) = (server.counted(token), server.verifier(introspection))
            for _ in 0..<5 { _ = try await verifier.verify(token, at: after(0)) }
            server.setDown(true)
            server.hold()
            let refused = (0..<10).map { _ in Task { [token] in try await verifier.verify(token, at: after(10)) } }
            let count = server.asked.count
            try await wait { server.asked.count > count }
            server.release()
            for call in refused {
                await #expect(throws: TokenVerifier.Failure.introspectionUnavailable) { try await call.value }
            }
            await #expect(throws: TokenVerifier.Failure.introspectionUnavailable) {
                try await verifier.verify(token, at: after(11))
            }
            server.setDown(false)
            _ = try await verifier.verify(token, at: after(12))
            #expect(server.counted(token) - before == 6)
            _ = try await verifier.verify(token, at: after(22))
            #expect(server.counted(token) - before == 7)
        }
    }

    @Test("of an answer that cannot be read are told again: that may count them twice, and loses none")
    func unreadable() async throws {
        let verifier = server.verifier(server.single)
        for _ in 0..<5 { _ = try await verifier.verify(token, at: after(0)) }
        server.answer(everythingWith: "nonsense")
        await #expect(throws: TokenVerifier.Failure.introspectionUnavailable) {
            try await verifier.verify(token, at: after(10))
        }
        server.answer(everythingWith: nil)
        _ = try await verifier.verify(token, at: after(11))
        #expect(server.told == [[1], [5], [5]])
    }

    @Test("are each in one question, also when a later one overtakes one that hangs")
    func hanging() async throws {
        let verifier = server.verifier(server.single)
        for _ in 0..<5 { _ = try await verifier.verify(token, at: after(0)) }
        server.hold()
        let first = Task { [token] in try await verifier.verify(token, at: after(10)) }
        try await wait { server.asked.count == 2 }
        let second = Task { [token] in try await verifier.verify(token, at: after(20)) }
        try await wait { server.asked.count == 3 }
        server.release()
        for call in [first, second] { _ = try await call.value }
        #expect(server.told == [[1], [5], [1]] && server.counted(token) == 7)
    }

    @Test("of a token that is not good now are kept: no issuer counts them before it is good again")
    func inactive() async throws {
        let verifier = server.verifier(server.batch)
        for _ in 0..<5 { _ = try await verifier.verify(token, at: after(0)) }
        server.know(token, nil)
        for seconds in [10, 12, 14] as [Int64] {
            await #expect(throws: TokenVerifier.Failure.inactive) {
                try await verifier.verify(token, at: after(seconds))
            }
        }
        server.know(token, IntrospectionServer.good())
        _ = try await verifier.verify(token, at: after(16))
        #expect(server.told == [[1], [5], [5], [5], [5]] && server.counted(token) == 6)
    }

    @Test("are not lost with an answer that ten thousand others push out")
    func pushedOut() async throws {
        let tokens = IntrospectedTokens(server.single, issuer: Issuer.url)
        func ask(_ number: Int, at now: Instant) async throws {
            let token = IntrospectionServer.token(number)
            _ = try await tokens.token(token, SHA256.hash(Array(token.utf8)), at: now)
        }
        for _ in 0..<5 { try await ask(1, at: after(0)) }
        for number in 2...(2 + 2 * IntrospectedTokens.halfCapacity) {
            server.know(IntrospectionServer.token(number), IntrospectionServer.good())
            try await ask(number, at: after(0))
        }
        try await ask(1, at: after(1))
        #expect(server.counted(token) == 6)
    }

    @Test(
        "are bounded in memory: counts of tokens in use stay, others are forgotten, and no token without any takes place"
    )
    func bounded() {
        var untold = UntoldCalls(halfCapacity: 10)
        untold.add(1, [0])
        for number in 1...200 as ClosedRange<UInt8> {
            untold.add(0, [number, number])
            untold.add(1, [number])
            untold.add(1, [0])
            #expect(untold.count <= 20)
        }
        #expect(untold.take([0], atMost: 1_000) == 201 && untold.take([0], atMost: 1_000) == 0)
        #expect(untold.take([200], atMost: 1_000) == 1 && untold.take([1], atMost: 1_000) == 0)
    }

    @Test("past what one question can tell go with those after it, and sums stop at the largest number")
    func saturated() {
        var untold = UntoldCalls()
        untold.add(2_500_000, [1])
        let told = (0..<4).map { _ in untold.take([1], atMost: Introspection.maximumCalls - 1) }
        #expect(told == [999_999, 999_999, 500_002, 0] && untold.count == 0)
        for _ in 0..<3 { untold.add(.max, [1]) }
        #expect(untold.take([1], atMost: .max) == .max)
    }
}
