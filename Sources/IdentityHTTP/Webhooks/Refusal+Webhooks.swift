import HTTPTypes
import Identity
import JOSE

// What each refusal of webhooks means on the wire. Every switch is exhaustive.

extension Refusal {
    init(_ refusal: WebhookRefusal) {
        self =
            switch refusal {
            case .unknown: .notFound
            case .notAllowed(let action): Refusal(OrganizationRefusal.notAllowed(action))
            case .url(let refusal): .invalidRequest("url " + refusal.phrase)
            case .eventUnknown(let name):
                .invalidRequest(
                    "events names \(name.prefix(64)), which is no event of organizations. "
                        + "GET /api/v1/audit/events lists those that there are; [\"*\"] are all.")
            case .noEvents: .invalidRequest("events must name at least one event, or be [\"*\"] for all.")
            case .tooMany:
                .limitReached(
                    "This organization has \(Webhook.maximumCount) webhooks, or has deleted very many of late. Change "
                        + "one that there is.")
            // The gate has asked before, and told how; this is a proof that ran out meanwhile.
            case .stepUpRequired:
                Refusal(.forbidden, "step_up_required", "This takes a second factor of the last five minutes.")
            case .overlapTooLong:
                .invalidRequest(
                    "overlap is a number of seconds from 0 to \(Webhook.maximumOverlap.components.seconds).")
            case .overlapRunning(let end):
                Refusal(
                    .conflict, "overlap_running",
                    "Two secrets of this webhook sign until \(end.iso8601). Wait, or rotate with overlap 0, which ends "
                        + "both at once.")
            case .disabled:
                Refusal(.conflict, "webhook_disabled", "This webhook is switched off. Set enabled to true first.")
            case .stillWaiting:
                Refusal(
                    .conflict, "delivery_waiting",
                    "This delivery has not been given up: it is tried again by itself.")
            }
    }
}

extension WebhookURL.Refusal {
    /// As it follows `url`.
    var phrase: String {
        switch self {
        case .tooLong: "must have at most \(WebhookURL.maximumLength) bytes."
        case .malformed: "must be a URL in ASCII, such as https://hooks.example.com/latchkey."
        case .notHTTPS: "must begin with https://. (http is for this machine, in development mode.)"
        case .credentials: "must hold no user or password: the signature proves who sends."
        case .fragment: "must have no fragment."
        case .host: "must name a host, such as hooks.example.com, or an address in its usual spelling."
        case .port: "must have no port, or 443, or one from 1024 to 65535."
        case .address(let refusal): "must lead to the public internet; \(refusal.phrase)."
        }
    }
}

extension WebhookAddress.Refusal {
    fileprivate var phrase: String {
        switch self {
        case .unreadable: "this is no address"
        case .unspecified: "this address is none"
        case .loopback: "this is the server itself"
        case .private, .shared, .linkLocal: "this is an address of some inner network"
        case .multicast: "this is an address of many"
        case .translated: "this IPv6 address stands for one of IPv4"
        case .reserved: "this address is not in use there"
        }
    }
}
