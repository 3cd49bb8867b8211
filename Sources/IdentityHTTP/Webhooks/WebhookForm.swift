import Identity

/// The form of a webhook: what was typed, what is wrong with it, and what it asks for.
struct WebhookForm {
    let url: String
    let wantsAll: Bool
    let events: Set<String>

    /// What is wrong, beside the field that it is about.
    struct Fault: Error {
        let field: String
        let message: String
    }

    /// The names of the boxes begin with it: a form sends no name twice.
    static let eventPrefix = "event:"

    /// Before anything was typed.
    static let empty = WebhookForm(url: "", wantsAll: true, events: [])

    private init(url: String, wantsAll: Bool, events: Set<String>) {
        (self.url, self.wantsAll, self.events) = (url, wantsAll, events)
    }

    init(_ form: FormBody) {
        let ticked = form.fields.filter { $0.name.hasPrefix(Self.eventPrefix) }
            .map { String($0.name.dropFirst(Self.eventPrefix.count)) }
        self.init(url: form["url"] ?? "", wantsAll: form["choice"] == "all", events: Set(ticked))
    }

    /// As a webhook is now.
    init(_ webhook: Webhook) {
        self.init(
            url: webhook.url.text, wantsAll: webhook.events.isEverything, events: Set(webhook.events.names))
    }

    /// What it asks for.
    func draft(_ webhooks: Webhooks) -> Result<Webhooks.Draft, Fault> {
        let url: WebhookURL
        switch WebhookURL.parse(self.url, allowsLoopback: webhooks.allowsLoopback) {
        case .success(let parsed): url = parsed
        case .failure(let refusal): return .failure(Fault(field: "url", message: "The URL " + refusal.phrase))
        }
        guard wantsAll || !events.isEmpty else {
            return .failure(Fault(field: "events", message: "Tick at least one event, or choose every event."))
        }
        // In the order in which they are offered; what is not offered was not sent by this form.
        let names = AuditEvent.Kind.ofOrganizations.map(\.rawValue).filter(events.contains)
        switch wantsAll ? .success(.all) : WebhookEvents.parse(names) {
        case .success(let chosen): return .success(Webhooks.Draft(url: url, events: chosen))
        case .failure: return .failure(Fault(field: "events", message: "Choose from these events."))
        }
    }

    /// What its template is filled with.
    func context(of organization: Organization.ID, fault: Fault? = nil) -> [String: Any] {
        var context: [String: Any] = [
            "organizationID": organization.description, "url": url, "all": wantsAll,
            "events": AuditEvent.Kind.ofOrganizations.map { kind in
                [
                    "field": Self.eventPrefix + kind.rawValue, "event": kind.rawValue, "meaning": kind.meaning,
                    "ticked": events.contains(kind.rawValue),
                ] as [String: Any]
            },
        ]
        if let fault { context[fault.field + "Error"] = fault.message }
        return context
    }
}
