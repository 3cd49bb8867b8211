import Hummingbird
import Identity
import JOSE

/// `/dev/mailbox`, in development mode alone: the mails that would have been sent.
struct MailboxPages: Feature {
    let browsers: Browsers
    let pages: PageRenderer
    let mailbox: DevelopmentMailbox
    let queue: MailQueue

    var routes: [Route] {
        [
            browsers.page("/dev/mailbox", show),
            Route(
                method: .get, path: "/dev/mailbox.json", dialect: .api, access: .open, rate: .none, respond: list),
        ]
    }

    /// A page of another site may have its own name lead to this machine (DNS rebinding), and would read the mail.
    private static func isLocal(_ authority: String?) -> Bool {
        guard let authority else { return true }
        return ["localhost", "127.0.0.1", "[::1]"].contains { authority == $0 || authority.hasPrefix($0 + ":") }
    }

    /// Whoever looks into the mailbox sees what was queued up to now.
    private func messages(for call: Call) async throws -> [DevelopmentMailbox.Received] {
        guard Self.isLocal(call.request.head.authority) else {
            throw Refusal(.forbidden, "forbidden", "The mailbox is shown on this machine only, at localhost.")
        }
        try await mailbox.collect(from: queue, at: call.now)
        return await mailbox.received
    }

    private func show(_ call: Call, _ browser: Browser) async throws -> Response {
        let messages = try await messages(for: call).map { received -> [String: Any] in
            let lines = received.message.text.split(separator: "\n").map { $0.filter { $0 != " " } }
            var context: [String: Any] = [
                "id": received.id.description, "subject": received.message.subject,
                "to": received.message.recipient.text, "receivedAt": received.receivedAt.moment,
                "text": received.message.text,
            ]
            context["linkURL"] = lines.first { $0.contains("#token=") }
            context["code"] = lines.first { $0.count == 6 && $0.allSatisfy(\.isNumber) }
            return context
        }
        return pages.page("mailbox", ["messages": messages], for: browser)
    }

    private func list(_ call: Call) async throws -> Response {
        var json = JSONWriter()
        json.beginObject()
        json.beginArray("messages")
        for received in try await messages(for: call) {
            json.beginObject()
            json.member("id", received.id.description)
            json.member("to", received.message.recipient.text)
            json.member("subject", received.message.subject)
            json.member("text", received.message.text)
            json.member("html", received.message.html)
            json.member("received_at", received.receivedAt.iso8601)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json.bytes)
    }
}
