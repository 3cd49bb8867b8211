import HTTPTypes
import Hummingbird
import Identity
import JOSE
import NIOCore

/// `Idempotency-Key` on every route with a bearer that changes something: the same call is answered with the same
/// answer for a day, and never done twice.
///
/// Operations that must not be done twice record their answer themselves, in the transaction of the change, by
/// ``Call/answer(_:refusing:operate:)``. What any other route answers is recorded after it: a crash in between has it
/// done once more.
struct Repetition: Sendable {
    let answers: RecordedAnswers

    /// What a call with a key is known by, on its way through a handler.
    struct Keyed: Sendable {
        let call: RepeatableCall
        let answers: RecordedAnswers
        let now: Instant

        func recording<Outcome: Sendable>(
            _ describe: @escaping @Sendable (Outcome) throws -> RecordedAnswer
        ) -> Recording<Outcome> {
            answers.recording(call, at: now, describe: describe)
        }
    }

    /// Runs a handler, or gives again what it answered before.
    ///
    /// Refusals are not kept: nothing was changed by them, and the cause may be gone by the next try, as when a second
    /// factor was asked for.
    func respond(
        to call: Call, credential: String, _ handler: (Call) async throws -> Response
    ) async throws -> Response {
        guard call.request.method != .get, let key = try call.idempotencyKey() else { return try await handler(call) }
        let repeatable = RepeatableCall(
            credential: credential, key: key,
            parts: [Array(call.request.method.rawValue.utf8), Array(call.request.uri.string.utf8), call.body])
        do {
            return try await respond(to: call, as: repeatable, handler)
        } catch RepetitionRefusal.mismatch {
            throw Refusal.idempotencyMismatch
        }
    }

    /// The same, whatever makes it the same call.
    ///
    /// - Throws: ``RepetitionRefusal`` too.
    func respond(
        to call: Call, as repeatable: RepeatableCall, _ handler: (Call) async throws -> Response
    ) async throws -> Response {
        if let answer = try await find(repeatable, call) { return answer }
        var keyed = call
        keyed.keyed = Keyed(call: repeatable, answers: answers, now: call.now)
        do {
            return try await keep(try await handler(keyed), repeatable, call)
        } catch let refusal as Refusal {
            // Perhaps it was refused for what the same call did a moment ago.
            if let answer = try await find(repeatable, call) { return answer }
            throw refusal
        } catch is AnsweredAlready {
            guard let answer = try await find(repeatable, call) else { throw Refusal.stillRunning }
            return answer
        }
    }

    /// What the same call was answered before; nil: nothing.
    ///
    /// - Throws: ``RepetitionRefusal`` too.
    func find(_ repeatable: RepeatableCall, _ call: Call) async throws -> Response? {
        try await answers.find(repeatable, at: call.now).get()?.repeated
    }

    /// Records what was not recorded with the change.
    private func keep(_ response: Response, _ repeatable: RepeatableCall, _ call: Call) async throws -> Response {
        guard (200..<300).contains(response.status.code) else { return response }
        if case .success(.some) = try await answers.find(repeatable, at: call.now) { return response }
        let answer = try await RecordedAnswer(response)
        try await answers.record(answer, of: repeatable, at: call.now)
        return answer.response
    }
}

extension Call {
    /// Does an operation that must not be done twice, and answers what it came to.
    ///
    /// - Parameters:
    ///   - describe: the answer. Runs inside of the transaction too, so it does nothing but describe.
    ///   - refusing: what a refusal is on the wire.
    ///   - operate: calls the operation with the recording that it is given.
    func answer<Outcome: Sendable, Reason: Error>(
        _ describe: @escaping @Sendable (Outcome) -> RecordedAnswer, refusing: (Reason) -> Refusal,
        operate: (Recording<Outcome>) async throws -> Result<Outcome, Reason>
    ) async throws -> Response {
        switch try await operate(keyed?.recording(describe) ?? .none) {
        case .success(let outcome): return describe(outcome).response
        case .failure(let reason): throw refusing(reason)
        }
    }
}

extension RecordedAnswer {
    static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok) -> RecordedAnswer {
        RecordedAnswer(
            status: status.code, headers: [[HTTPField.Name.contentType.rawName, "application/json"]], body: bytes)
    }

    /// A page.
    static func html(_ text: String) -> RecordedAnswer {
        RecordedAnswer(
            status: 200, headers: [[HTTPField.Name.contentType.rawName, "text/html; charset=utf-8"]],
            body: Array(text.utf8))
    }

    static let noContent = RecordedAnswer(status: 204)

    /// An answer that is to be read: all of its body, and the header fields that its handler gave it.
    init(_ response: Response) async throws {
        let body = try await response.body.collected()
        let headers = response.headers.filter { $0.name != .contentLength }.map { [$0.name.rawName, $0.value] }
        self.init(status: response.status.code, headers: headers, body: body)
    }

    var response: Response {
        var response = Response(
            status: HTTPResponse.Status(code: status), body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
        for field in headers where field.count == 2 {
            if let name = HTTPField.Name(field[0]) { response.headers[name] = field[1] }
        }
        if body.isEmpty { response = Response(status: response.status, headers: response.headers) }
        return response
    }

    /// The answer given again, and marked so.
    var repeated: Response {
        var response = response
        response.headers[.idempotencyReplayed] = "true"
        return response
    }
}

extension Refusal {
    static let idempotencyMismatch = Refusal(
        .unprocessableContent, "idempotency_mismatch",
        "This Idempotency-Key was used for another call. Use a new key for each thing to be done.")
    static let stillRunning = Refusal(
        .conflict, "idempotency_conflict", "A call with this Idempotency-Key is still running. Try again shortly.",
        headers: [.retryAfter: "1"])
}
