import JOSE

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Makes calls that may take a second factor: when the server asks for one, a person is asked for the code, it is shown
/// on the login of this command line, and the call is made once more. So whoever minted a token with a fresh code in
/// hand goes on with what they asked for.
struct SteppingUp: Sendable {
    let source: AccessTokenSource
    /// Where a person answers; nil when nobody can be asked: standard input is no terminal. `--json` is no reason not to ask:
    /// what is said goes to standard error, and the result alone to standard output.
    let dialogue: Dialogue?

    /// Lines said to a person, and read from one.
    struct Dialogue: Sendable {
        let say: @Sendable (String) -> Void
        /// Nil at the end of input.
        let read: @Sendable () -> String?
    }

    /// So many codes are asked for, before the server has had enough of them.
    static let attempts = 3

    init(_ source: AccessTokenSource, dialogue: Dialogue? = .terminal) {
        self.source = source
        self.dialogue = dialogue
    }

    /// The answer to a call, made again after a step-up where that is what it took. Other refusals come back as they are.
    ///
    /// - Parameter call: made twice at most, with the same `Idempotency-Key` if it has one: what is refused is not
    ///   remembered under it.
    /// - Throws: `CommandFailure` `step_up_required` with the address at which to do it, when nobody can be asked.
    func calling(_ call: (String) async throws -> ServerAnswer) async throws -> ServerAnswer {
        let (answer, _) = try await source.calling(call)
        guard let demand = StepUpDemand(answer) else { return answer }
        guard let dialogue, !demand.methods.isEmpty else { throw CommandFailure.stepUpRequired(demand) }
        if demand.takesCode { try await showCode(dialogue) } else { try waitForBrowser(demand, dialogue) }
        let (second, _) = try await source.calling(call)
        if let demand = StepUpDemand(second) { throw CommandFailure.stepUpRequired(demand) }
        return second
    }

    private func showCode(_ dialogue: Dialogue) async throws {
        dialogue.say("This takes a second factor.")
        for attempt in 1... {
            dialogue.say("Code from your authenticator app, or a recovery code:")
            guard let typed = dialogue.read(), !typed.isEmpty else {
                throw CommandFailure(.refused, code: "step_up_cancelled", "No code was given. Nothing was changed.")
            }
            let (answer, _) = try await source.calling { token in
                try await source.server.call(.post, "/api/v1/auth/step_up", Self.body(typed), bearer: token)
            }
            guard let refusal = answer.refusal else { return }
            guard refusal.code == "invalid_grant", attempt < Self.attempts else {
                throw CommandFailure(stepUp: refusal)
            }
            dialogue.say(refusal.message.printable)
        }
    }

    /// A passkey is shown in a browser.
    private func waitForBrowser(_ demand: StepUpDemand, _ dialogue: Dialogue) throws {
        dialogue.say("This takes a second factor. Show it in your browser, then press Return: \(demand.url)")
        guard dialogue.read() != nil else { throw CommandFailure.stepUpRequired(demand) }
    }

    /// Six digits are an app's, all else is a recovery code.
    private static func body(_ typed: String) -> JSONObject {
        let isOfApp = typed.utf8.count { $0 != UInt8(ascii: " ") } == 6
        return ["method": .string(isOfApp ? "totp" : "recovery_code"), "code": .string(typed)]
    }
}

extension SteppingUp.Dialogue {
    /// Standard error and standard input; nil when no one sits there.
    static var terminal: SteppingUp.Dialogue? {
        guard isatty(STDIN_FILENO) == 1 else { return nil }
        return SteppingUp.Dialogue(say: { Terminal.standard.complain($0) }, read: { readLine() })
    }
}

extension CommandFailure {
    /// Why a code was not taken. What the server says of a pause is said on.
    fileprivate init(stepUp refusal: ServerRefusal) {
        guard refusal.status == 429 else {
            self.init(refusal)
            return
        }
        self.init(
            .refused, code: refusal.code, "The server refused: \(refusal.message.printable)",
            next: refusal.retryAfter.map { "Try again in \($0) seconds." })
    }
}
