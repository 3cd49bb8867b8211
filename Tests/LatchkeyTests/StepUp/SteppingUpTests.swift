import JOSE
import LatchkeyVerifier
import Synchronization
import Testing

@testable import latchkey

/// What the person at the terminal types, and what they were told.
private final class Person: Sendable {
    private let state: Mutex<(answers: [String], told: [String])>

    init(_ answers: [String]) { state = Mutex((answers, [])) }

    var told: [String] { state.withLock { $0.told } }

    var dialogue: SteppingUp.Dialogue {
        SteppingUp.Dialogue(
            say: { [self] line in state.withLock { $0.told.append(line) } },
            read: { [self] in state.withLock { $0.answers.isEmpty ? nil : $0.answers.removeFirst() } })
    }
}

@Suite("A step-up in the middle of a command", .timeLimit(.minutes(1)))
struct SteppingUpTests {
    private static let asked = "/api/v1/tokens"
    private static let stepUp = "/api/v1/auth/step_up"

    private static func demand(_ methods: [String]) -> ScriptedServer.Answer {
        var body = JSONObject.error("step_up_required")
        body["step_up"] = .object(
            [
                "methods": .array(methods.map { .string($0) }),
                "url": .string("https://id.example.com/step-up?grant=g"),
                "max_age": .integer(300),
            ])
        return .json(403, body)
    }

    /// A server that grants a call once the right code was shown.
    private static func script(_ methods: [String] = ["totp"], right: String = "123456")
        -> @Sendable (ScriptedServer.Call, Int) async -> ScriptedServer.Answer
    {
        let isProven = Mutex(false)
        return { call, _ in
            if call.path == stepUp {
                guard call.body["code"]?.string == right else { return .json(400, .error("invalid_grant", "Wrong.")) }
                isProven.withLock { $0 = true }
                return .json(200, ["valid_until": .string("2027-01-01T00:00:00Z")])
            }
            return isProven.withLock { $0 } ? .json(201, ["id": .string("tok_1")]) : demand(methods)
        }
    }

    private func run(_ person: Person?, _ server: ScriptedServer) async throws -> ServerAnswer {
        let directory = try TemporaryDirectory()
        let file = CredentialsFile(directory: directory.path)
        try await file.locked { held in
            var credentials = try held.read()
            credentials[server.issuer] = Credential(.example, at: .now)
            try held.write(credentials)
        }
        return try await IdentityServer.connected(to: server.issuer) { connection in
            let source = AccessTokenSource(file: file, server: connection)
            return try await SteppingUp(source, dialogue: person?.dialogue).calling { token in
                try await connection.call(.post, Self.asked, ["label": "ci"], bearer: token, idempotencyKey: "k")
            }
        }
    }

    @Test("asks for the code, shows it on the same login, and makes the same call once more")
    func goesOn() async throws {
        try await ScriptedServer.run(Self.script()) { server in
            let person = Person(["000000", "123456"])
            let answer = try await run(person, server)
            #expect(answer.status == 201 && answer.body["id"]?.string == "tok_1")
            let calls = server.calls
            #expect(calls.map(\.path) == [Self.asked, Self.stepUp, Self.stepUp, Self.asked])
            #expect(Set(calls.map(\.bearer)) == ["access-1"])
            #expect(calls.first?.body == calls.last?.body && calls.last?.idempotencyKey == "k")
            #expect(calls[2].body == ["method": "totp", "code": "123456"])
            #expect(person.told.contains("Wrong."))
        }
    }

    @Test("what is not six digits is a recovery code")
    func recoveryCode() async throws {
        try await ScriptedServer.run(Self.script(right: "abcde-fghjk")) { server in
            let answer = try await run(Person(["abcde-fghjk"]), server)
            #expect(answer.status == 201)
            #expect(server.calls(to: Self.stepUp).map { $0.body["method"]?.string } == ["recovery_code"])
        }
    }

    @Test("gives up after three wrong codes, and at once when none is typed; the call is not made again")
    func givesUp() async throws {
        for answers in [["1", "2", "3", "4"], [""], []] {
            try await ScriptedServer.run(Self.script()) { server in
                await #expect(throws: CommandFailure.self) { try await run(Person(answers), server) }
                #expect(server.calls(to: Self.asked).count == 1)
                #expect(server.calls(to: Self.stepUp).count == (answers.count > 1 ? 3 : 0))
            }
        }
    }

    @Test("a passkey is shown in a browser: the address is told, and the call made again after Return")
    func browser() async throws {
        try await ScriptedServer.run({ _, before in
            before == 0 ? Self.demand(["passkey"]) : .json(201, ["id": .string("tok_1")])
        }) { server in
            let person = Person([""])
            let answer = try await run(person, server)
            #expect(answer.status == 201)
            #expect(person.told.contains { $0.contains("https://id.example.com/step-up?grant=g") })
        }
    }

    @Test("where nobody can be asked, or there is no factor yet, the refusal tells the address, also as JSON")
    func nobody() async throws {
        for (person, methods) in [(nil, ["totp"]), (Person(["123456"]), [])] as [(Person?, [String])] {
            try await ScriptedServer.run(Self.script(methods)) { server in
                let failure = await #expect(throws: CommandFailure.self) { try await run(person, server) }
                #expect(failure?.code == "step_up_required" && failure?.status == .refused)
                #expect(failure?.next?.contains("https://id.example.com/step-up?grant=g") == true)
                #expect(failure?.json["step_up"]?.object?["max_age"]?.integer == 300)
                #expect(server.calls.count == 1)
            }
        }
    }
}
