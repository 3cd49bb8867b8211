import JOSE

/// One request to an endpoint, ready to be sent.
package struct WebhookMessage: Sendable {
    package let url: WebhookURL
    /// Names in lower case. None of them is a secret, but who has them all can send them once more for some minutes.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    /// As Standard Webhooks has it: during an overlap with a signature by each secret.
    init(_ delivery: WebhookDelivery, to url: WebhookURL, secrets: [WebhookSecret], at now: Instant) {
        let body = Array(delivery.body.utf8)
        let signatures = secrets.map { $0.signature(id: delivery.messageID, timestamp: now.seconds, body: body) }
        headers = [
            (name: "content-type", value: "application/json"), (name: "webhook-id", value: delivery.messageID),
            (name: "webhook-timestamp", value: String(now.seconds)),
            (name: "webhook-signature", value: signatures.wordList),
        ]
        (self.url, self.body) = (url, body)
    }
}

/// What came back.
package enum WebhookAnswer: Hashable, Sendable {
    /// - Parameter body: its first bytes.
    case answered(status: Int, body: String)
    /// There was no answer. The cause is for the organization's admins: it tells nothing of this server's network.
    case failed(cause: String)

    /// Why it does not count as taken; nil when it does.
    var cause: String? {
        switch self {
        case .answered(let status, _) where (200..<300).contains(status): nil
        case .answered(let status, _) where (300..<400).contains(status):
            "It answered \(status). Redirects are not followed: give the webhook the address itself."
        case .answered(let status, _): "It answered \(status)."
        case .failed(let cause): cause
        }
    }

    var status: Int64? {
        if case .answered(let status, _) = self { Int64(status) } else { nil }
    }

    var body: String {
        if case .answered(_, let body) = self { body } else { "" }
    }
}

/// Sends a message, once, and says what came back.
package protocol WebhookTransport: Sendable {
    func post(_ message: WebhookMessage) async -> WebhookAnswer
}
