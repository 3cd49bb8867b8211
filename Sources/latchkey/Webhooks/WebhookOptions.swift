import ArgumentParser
import JOSE

/// `whk_…`, which must be told before the path of a call is made of it.
struct WebhookName: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard TypedName.isName(argument, prefix: "whk") else { return nil }
        text = argument
    }

    var path: String { "/api/v1/webhooks/" + text }
}

/// `dlv_…`
struct DeliveryName: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard TypedName.isName(argument, prefix: "dlv") else { return nil }
        text = argument
    }
}

extension LoginOptions {
    /// One call about webhooks.
    ///
    /// - Parameter lists: the command that shows what there is, for when what was named is not there.
    /// - Throws: `CommandFailure` for whatever the server refuses.
    func webhooks(
        _ method: IdentityServer.Method, _ path: String, _ body: JSONObject? = nil,
        lists: String = "latchkey webhooks list"
    ) async throws -> JSONObject {
        let answer = try await call(method, path, body)
        if let refusal = answer.refusal { throw CommandFailure(webhook: refusal, lists: lists) }
        return answer.body
    }
}

extension CommandFailure {
    /// The refusals that have a next step for whoever sits at the command line.
    fileprivate init(webhook refusal: ServerRefusal, lists: String) {
        let next: String? =
            switch refusal.code {
            case "not_found": "See what there is with: \(lists)"
            case "webhook_disabled": "Switch it on with: latchkey webhooks update whk_… --enable"
            case "invalid_request" where refusal.message.hasPrefix("events"):
                "See the names with: latchkey webhooks events"
            default: nil
            }
        guard let next else {
            self.init(refusal)
            return
        }
        self.init(.refused, code: refusal.code, "The server refused: \(refusal.message.printable)", next: next)
    }
}
