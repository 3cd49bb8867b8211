import Metrics

/// What becomes of each attempt to send something.
struct AttemptCounters: Sendable {
    let accepted: Counter
    let postponed: Counter
    let givenUp: Counter

    /// - Parameter label: of the metric; its series are told apart by `outcome`.
    init(_ label: String, _ factory: any MetricsFactory) {
        func counter(_ outcome: String) -> Counter {
            Counter(label: label, dimensions: [("outcome", outcome)], factory: factory)
        }
        accepted = counter("accepted")
        postponed = counter("postponed")
        givenUp = counter("given_up")
    }
}

/// What becomes of messages to webhooks, and of webhooks that take nothing.
struct WebhookCounters: Sendable {
    private let attempts: AttemptCounters
    private let switchedOff: [Webhook.DisabledReason: Counter]

    init(_ factory: any MetricsFactory) {
        attempts = AttemptCounters("latchkey_webhook_attempts_total", factory)
        let series = [Webhook.DisabledReason.failing, .gone].map { reason in
            let dimensions = [("reason", reason.rawValue)]
            return (
                reason, Counter(label: "latchkey_webhooks_switched_off_total", dimensions: dimensions, factory: factory)
            )
        }
        switchedOff = Dictionary(series) { first, _ in first }
    }

    /// Counts what came of an attempt, once it is on disk.
    ///
    /// - Parameter switchedOff: why the webhook was switched off by it; nil when it was not.
    func count(_ delivery: WebhookDelivery, switchedOff reason: Webhook.DisabledReason?) {
        switch delivery.state {
        case .delivered: attempts.accepted.increment()
        case .waiting: attempts.postponed.increment()
        case .dead: attempts.givenUp.increment()
        }
        if let reason { switchedOff[reason]?.increment() }
    }
}
