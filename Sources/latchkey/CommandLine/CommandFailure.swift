import JOSE

/// Why a command did not do its work: the cause, and the next step for whoever typed it.
struct CommandFailure: Error, Hashable {
    /// The exit codes of the contract; 0 is success.
    enum Status: Int32, Sendable {
        case refused = 1
        case usedWrongly = 2
        case outOfReach = 3
    }

    let status: Status
    /// Stable, for programs: an OAuth error code where there is one.
    let code: String
    let message: String
    let next: String?
    /// For `step_up_required`: what the server said of it.
    var stepUp: JSONObject?

    init(_ status: Status, code: String, _ message: String, next: String? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.next = next
    }

    /// The failure that an error of this module stands for; nil for errors of others.
    init?(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let refusal as ConfigurationRefusal:
            self.init(
                .usedWrongly, code: "configuration", refusal.message,
                next: "Every setting is in docs/configuration.md; the flags are in: latchkey serve --help")
        default: return nil
        }
    }

    var text: String {
        (["latchkey: \(message)"] + (next.map { [$0] } ?? [])).map(\.printable).joined(separator: "\n")
    }

    var json: JSONObject {
        var error: JSONObject = ["code": .string(code), "message": .string(message)]
        error["next"] = next.map(JSONValue.string)
        var json: JSONObject = ["error": .object(error)]
        json["step_up"] = stepUp.map(JSONValue.object)
        return json
    }
}
