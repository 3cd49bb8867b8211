package import Metrics

/// What the domain counts. Made once, before the first request, so that counting is one addition.
package struct IdentityMetrics: Sendable {
    /// Refresh tokens that were spent for their successor.
    let rotations: Counter
    /// Answers to a refresh that were given again.
    let repetitions: Counter
    let refresh: RefusalCounters<RefreshRefusal>
    let device: RefusalCounters<DeviceFlowRefusal>
    let deviceDecision: RefusalCounters<DeviceDecisionRefusal>
    let magicLink: RefusalCounters<MagicLinkRefusal>
    let passkey: RefusalCounters<PasskeySignInRefusal>
    let client: RefusalCounters<ClientRefusal>
    let stepUp: RefusalCounters<StepUpRefusal>
    let mail: MailCounters
    let webhooks: WebhookCounters

    /// - Parameter factory: of whoever keeps the numbers; nobody, by default.
    package init(_ factory: any MetricsFactory = NOOPMetricsHandler.instance) {
        rotations = Counter(label: "latchkey_rotations_total", factory: factory)
        repetitions = Counter(label: "latchkey_rotation_repeats_total", factory: factory)
        refresh = RefusalCounters(factory)
        device = RefusalCounters(factory)
        deviceDecision = RefusalCounters(factory)
        magicLink = RefusalCounters(factory)
        passkey = RefusalCounters(factory)
        client = RefusalCounters(factory)
        stepUp = RefusalCounters(factory)
        mail = MailCounters(factory)
        webhooks = WebhookCounters(factory)
    }
}

/// What becomes of each attempt to send a mail.
struct MailCounters: Sendable {
    let accepted: Counter
    let postponed: Counter
    let givenUp: Counter

    init(_ factory: any MetricsFactory) {
        func counter(_ outcome: String) -> Counter {
            Counter(label: "latchkey_mail_attempts_total", dimensions: [("outcome", outcome)], factory: factory)
        }
        accepted = counter("accepted")
        postponed = counter("postponed")
        givenUp = counter("given_up")
    }
}

/// What becomes of each attempt to send a message to a webhook, and of webhooks that take nothing.
struct WebhookCounters: Sendable {
    let accepted: Counter
    let postponed: Counter
    let givenUp: Counter
    private let switchedOff: [Webhook.DisabledReason: Counter]

    init(_ factory: any MetricsFactory) {
        func counter(_ outcome: String) -> Counter {
            Counter(label: "latchkey_webhook_attempts_total", dimensions: [("outcome", outcome)], factory: factory)
        }
        accepted = counter("accepted")
        postponed = counter("postponed")
        givenUp = counter("given_up")
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
        case .delivered: accepted.increment()
        case .waiting: postponed.increment()
        case .dead: givenUp.increment()
        }
        if let reason { switchedOff[reason]?.increment() }
    }
}
