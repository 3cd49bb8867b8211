import Identity
import JOSE

// What pages tell of webhooks.

extension Webhook {
    /// One webhook, in a list or on its page.
    func context(at now: Instant) -> [String: Any] {
        var context: [String: Any] = [
            "webhookID": id.description, "webhookURL": url.text, "madeAt": createdAt.moment,
            "status": disabled == nil ? (failingSince == nil ? "on" : "failing") : "off", "isOn": isEnabled,
        ]
        if !events.isEverything { context["eventNames"] = events.names }
        context["failingSince"] = isEnabled ? failingSince?.moment : nil
        context["rotatedAt"] = rotatedAt?.moment
        context["overlapEndsAt"] = overlapEnd(at: now)?.moment
        if let disabled {
            context["offSince"] = disabled.at.moment
            context["offReason"] = disabled.reason.phrase
        }
        return context
    }
}

extension Webhook.DisabledReason {
    /// As it follows `Switched off`.
    fileprivate var phrase: String {
        switch self {
        case .byAdmin: "by an admin"
        case .failing: "because it took nothing for three days"
        case .gone: "because it answered 410"
        }
    }
}

extension WebhookDelivery {
    /// One message in the list of a webhook.
    var context: [String: Any] {
        var context: [String: Any] = [
            "deliveryID": id.description, "event": event, "queuedAt": createdAt.moment, "state": state.rawValue,
            "attempts": attempts, "once": attempts == 1, "mayReplay": state != .waiting,
            "isBad": state == .dead || (state == .waiting && attempts > 0),
        ]
        context["nextAt"] = attempts > 0 ? nextAttemptAt?.moment : nil
        if let last {
            context["lastStatus"] = last.status
            context["cause"] = last.cause
            context["milliseconds"] = last.milliseconds
        }
        if replayOf != nil { context["isReplay"] = true }
        return context
    }
}
