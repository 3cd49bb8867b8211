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
    let mail: AttemptCounters
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
        mail = AttemptCounters("latchkey_mail_attempts_total", factory)
        webhooks = WebhookCounters(factory)
    }
}
