import JOSE
import Testing

@testable import LatchkeyVerifier

@Suite("Questions about API tokens")
struct IntrospectionSharingTests {
    private let server = IntrospectionServer()

    /// Lets what can run, run, until something is so.
    private func wait(until isSo: () -> Bool) async throws {
        for _ in 0..<5_000 where !isSo() { try await Task.sleep(for: .milliseconds(1)) }
        try #require(isSo())
    }

    @Test("a hundred calls with one token share one question, and one that is cancelled fails no other")
    func singleFlight() async throws {
        let token = IntrospectionServer.token(1)
        server.know(token, IntrospectionServer.good())
        server.hold()
        let verifier = server.verifier(server.single)
        let cancelled = Task { try await verifier.verify(token, at: Issuer.now) }
        let others = (0..<100).map { _ in Task { try await verifier.verify(token, at: Issuer.now).subject } }
        try await wait { !server.asked.isEmpty }
        cancelled.cancel()
        server.release()
        for other in others { #expect(try await other.value == "tok_1") }
        #expect(server.asked == [[token]])
    }

    @Test("tokens that come during a question go together in the next, a hundred at a time, each with its own answer")
    func batches() async throws {
        let tokens = (0..<151).map(IntrospectionServer.token)
        for (number, token) in tokens.enumerated() where number % 2 == 0 {
            server.know(token, IntrospectionServer.good(["sub": .string("tok_\(number)")]))
        }
        server.hold()
        let verifier = server.verifier(server.batch)
        let tasks = tokens.map { token in
            Task { try? await verifier.verify(token, at: Issuer.now).subject }
        }
        try await wait { server.asked.count == 1 }
        server.release()
        for (number, task) in tasks.enumerated() {
            #expect(await task.value == (number % 2 == 0 ? "tok_\(number)" : nil))
        }
        #expect(Set(server.asked.flatMap { $0 }).count == 151 && server.asked.flatMap { $0 }.count == 151)
        #expect(server.asked.allSatisfy { $0.count <= Introspection.maximumBatch })
    }

    @Test("a question that hangs gives later callers no answer older than ten seconds")
    func hanging() async throws {
        let token = IntrospectionServer.token(1)
        server.know(token, IntrospectionServer.good())
        server.hold()
        let verifier = server.verifier(server.single)
        let first = Task { try await verifier.verify(token, at: Issuer.now) }
        try await wait { server.asked.count == 1 }
        let second = Task { try await verifier.verify(token, at: Issuer.now + .seconds(10)) }
        try await wait { server.asked.count == 2 }
        server.know(token, nil)
        server.release()
        for task in [first, second] {
            await #expect(throws: TokenVerifier.Failure.inactive) { try await task.value }
        }
    }

    @Test("past a thousand questions to an issuer that hangs, callers are told at once that it cannot be asked")
    func manyQuestions() async throws {
        server.hold()
        let tokens = IntrospectedTokens(server.batch, issuer: Issuer.url)
        func ask(_ number: Int) async throws -> VerifiedToken {
            let token = IntrospectionServer.token(number)
            return try await tokens.token(token, SHA256.hash(Array(token.utf8)), at: Issuer.now)
        }
        let waiting = (0..<IntrospectedTokens.maximumQuestions).map { number in Task { try await ask(number) } }
        try await wait { tokens.questionCount == IntrospectedTokens.maximumQuestions }
        await #expect(throws: TokenVerifier.Failure.introspectionUnavailable) { try await ask(5_000) }
        // The call that fails fails those behind it: they are not asked one after another, each until it times out.
        server.setDown(true)
        server.release()
        for task in waiting {
            await #expect(throws: TokenVerifier.Failure.introspectionUnavailable) { try await task.value }
        }
        #expect(server.asked.count < 3)
        server.setDown(false)
        server.know(IntrospectionServer.token(1), IntrospectionServer.good())
        #expect(try await ask(1).subject == "tok_1")
    }

    @Test("what is kept is bounded, and invented tokens push out no good one")
    func bounded() async throws {
        let good = IntrospectionServer.token(0)
        server.know(good, IntrospectionServer.good())
        let tokens = IntrospectedTokens(server.single, issuer: Issuer.url)
        _ = try await tokens.token(good, SHA256.hash(Array(good.utf8)), at: Issuer.now)
        for number in 1...11_000 {
            let token = IntrospectionServer.token(number)
            _ = try? await tokens.token(token, SHA256.hash(Array(token.utf8)), at: Issuer.now)
        }
        #expect(tokens.count <= 2 * IntrospectedTokens.halfCapacity + 1)
        _ = try await tokens.token(good, SHA256.hash(Array(good.utf8)), at: Issuer.now + .seconds(1))
        #expect(server.asked.filter { $0 == [good] }.count == 1)
    }
}
