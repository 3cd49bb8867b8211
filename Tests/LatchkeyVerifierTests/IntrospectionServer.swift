import JOSE
import LatchkeyVerifier
import Synchronization

/// An introspection endpoint: what it says of each token can be changed, it counts its questions and the calls that it is
/// told of, and can be made to hold its answers.
final class IntrospectionServer: Sendable {
    struct Unreachable: Error {}

    private struct State {
        /// Bodies by token; what is not here is not alive.
        var answers: [String: JSONObject] = [:]
        /// Instead of everything else.
        var body: [UInt8]?
        var isDown = false
        var asked: [[Introspection.Question]] = []
        /// Uses by token.
        var counted: [String: Int] = [:]
        var isHolding = false
        var held: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Each question with its tokens, in order.
    var asked: [[String]] { state.withLock { $0.asked.map { $0.map(\.token) } } }
    /// Each question with the calls that it told of.
    var told: [[Int]] { state.withLock { $0.asked.map { $0.map(\.calls) } } }
    /// The calls with a token that have been counted, as an issuer does: when it calls it good.
    func counted(_ token: String) -> Int { state.withLock { $0.counted[token] ?? 0 } }

    func know(_ token: String, _ answer: JSONObject?) { state.withLock { $0.answers[token] = answer } }
    func answer(everythingWith body: String?) { state.withLock { $0.body = body.map { Array($0.utf8) } } }
    func setDown(_ isDown: Bool) { state.withLock { $0.isDown = isDown } }
    func hold() { state.withLock { $0.isHolding = true } }

    func release() {
        let held = state.withLock { state in
            state.isHolding = false
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    /// What it says of a good token.
    static func good(_ changes: KeyValuePairs<String, JSONValue?> = [:]) -> JSONObject {
        var answer: JSONObject = [
            "active": .bool(true), "token_type": .string("Bearer"), "iss": .string(Issuer.url),
            "sub": .string("tok_1"), "client_id": .string("tok_1"), "scope": .string("jobs:read jobs:write"),
            "iat": .integer(Issuer.now.seconds - 100), "sid": .string("tok_1"), "org": .string("org_1"),
            "access": .string("custom"),
        ]
        for (name, value) in changes { answer[name] = value }
        return answer
    }

    /// A token of the right form, another for each number.
    static func token(_ number: Int) -> String {
        let digits = String(repeating: "0", count: 54 - "\(number)".utf8.count) + "\(number)"
        let body = Array((APITokenForm.prefix + digits).utf8)
        return String(decoding: body + APITokenForm.checksum(of: body), as: UTF8.self)
    }

    private func answers(_ questions: [Introspection.Question]) async throws -> [JSONValue] {
        state.withLock { $0.asked.append(questions) }
        await withCheckedContinuation { continuation in
            let isHolding = state.withLock { state in
                if state.isHolding { state.held.append(continuation) }
                return state.isHolding
            }
            if !isHolding { continuation.resume() }
        }
        return try state.withLock { state in
            if state.isDown { throw Unreachable() }
            return questions.map { question in
                guard let answer = state.answers[question.token] else { return .object(["active": .bool(false)]) }
                state.counted[question.token, default: 0] += question.calls
                return .object(answer)
            }
        }
    }

    private var body: [UInt8]? { state.withLock(\.body) }

    var single: Introspection {
        .single { question in
            let answers = try await self.answers([question])
            return self.body ?? answers[0].serialized()
        }
    }

    var batch: Introspection {
        .batch { questions in
            let answers = try await self.answers(questions)
            return self.body ?? JSONValue.object(["tokens": .array(answers)]).serialized()
        }
    }

    func verifier(_ introspection: Introspection?) -> TokenVerifier {
        TokenVerifier(
            issuer: Issuer.url, audience: Issuer.audience, algorithms: [.es256], keys: .fixed(JSONWebKeySet([])),
            introspection: introspection)
    }
}
