import JOSE

/// What the server asks for before it does a call: `step_up` beside the error `step_up_required`.
struct StepUpDemand: Hashable, Sendable {
    /// The server's words; empty when the user has no second factor yet.
    let methods: [String]
    /// Where a person shows it in a browser, for this very login.
    let url: String
    /// All that the server said, for `--json`.
    let json: JSONObject

    /// Nil when the answer asks for no such thing.
    init?(_ answer: ServerAnswer) {
        guard answer.refusal?.code == "step_up_required", let json = answer.body["step_up"]?.object else { return nil }
        methods = json["methods"]?.strings?.map(\.printable) ?? []
        url = json["url"]?.string?.printable ?? ""
        self.json = json
    }

    /// Whether a code can be typed here. A passkey takes a browser.
    var takesCode: Bool { methods.contains("totp") || methods.contains("recovery_code") }
}

extension CommandFailure {
    static func stepUpRequired(_ demand: StepUpDemand) -> CommandFailure {
        var failure =
            demand.methods.isEmpty
            ? CommandFailure(
                .refused, code: "step_up_required", "This takes a second factor, and you have none yet.",
                next: "Set up an authenticator app in your account, then run the same command again: \(demand.url)")
            : CommandFailure(
                .refused, code: "step_up_required", "This takes a second factor of the last five minutes.",
                next: "Show it here, then run the same command again: \(demand.url)")
        failure.stepUp = demand.json
        return failure
    }
}
