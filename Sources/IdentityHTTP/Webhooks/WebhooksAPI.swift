import Hummingbird
import Identity
import JOSE

/// Webhooks through the API. They are those of the one organization that the caller's access token acts in.
///
/// Making one, giving it a new secret and giving it another URL take a second factor of the last five minutes: each
/// begins to tell somebody else what happens here. No API token is taken.
struct WebhooksAPI: Feature {
    let bearer: BearerAuthentication
    let gate: StepUpGate
    let webhooks: Webhooks

    var routes: [Route] {
        [
            bearer.route(.post, "/api/v1/webhooks", create),
            bearer.route(.get, "/api/v1/webhooks", list),
            bearer.route(.get, "/api/v1/webhooks/{id}", show),
            bearer.route(.patch, "/api/v1/webhooks/{id}", update),
            bearer.route(.delete, "/api/v1/webhooks/{id}", delete),
            bearer.route(.post, "/api/v1/webhooks/{id}/rotate", rotate),
            bearer.route(.post, "/api/v1/webhooks/{id}/test", test),
            bearer.route(.get, "/api/v1/webhooks/{id}/deliveries", deliveries),
            bearer.route(.post, "/api/v1/webhooks/deliveries/{id}/replay", replay),
        ]
    }

    private func create(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let body = try JSONBody(call)
        let draft = Webhooks.Draft(
            url: try body.url(webhooks), events: try body.events(), isEnabled: try body.optionalBool("enabled") ?? true)
        let now = call.now
        try await gate.require(of: active, at: now)
        return try await call.answer({ .json($0.json(at: now), status: .created) }, refusing: Refusal.init) {
            try await webhooks.create(draft, by: .init(active), at: now, from: call.origin, recording: $0)
        }
    }

    private func list(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let paged = try await webhooks.list(try call.page(), by: .init(active)).mapError(Refusal.init).get()
        var json = JSONWriter()
        json.beginObject()
        json.beginArray("webhooks")
        for webhook in paged.items { webhook.write(to: &json, at: call.now) }
        json.endArray()
        json.member(pagination: paged)
        json.endObject()
        return .json(json.bytes)
    }

    private func show(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let webhook = try await webhooks.find(try call.webhook(), by: .init(active)).mapError(Refusal.init).get()
        return .json(webhook.json(at: call.now))
    }

    private func update(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let (id, body, now) = (try call.webhook(), try JSONBody(call), call.now)
        var change = Webhooks.Change(isEnabled: try body.optionalBool("enabled"))
        if try body.optionalString("url") != nil { change.url = try body.url(webhooks) }
        if try body.optionalStrings("events") != nil { change.events = try body.events() }
        if let url = change.url,
            try await webhooks.find(id, by: .init(active)).mapError(Refusal.init).get().url != url
        {
            try await gate.require(of: active, at: now)
        }
        let wanted = change
        return try await call.answer({ .json($0.json(at: now)) }, refusing: Refusal.init) {
            try await webhooks.update(id, wanted, by: .init(active), at: now, from: call.origin, recording: $0)
        }
    }

    private func delete(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let id = try call.webhook()
        return try await call.answer({ .noContent }, refusing: Refusal.init) {
            try await webhooks.delete(id, by: .init(active), at: call.now, from: call.origin, recording: $0)
        }
    }

    private func rotate(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let (id, overlap, now) = (try call.webhook(), try JSONBody(call).webhookOverlap(), call.now)
        try await gate.require(of: active, at: now)
        return try await call.answer({ .json($0.json(at: now)) }, refusing: Refusal.init) {
            try await webhooks.rotate(
                id, overlap: overlap, by: .init(active), at: now, from: call.origin, recording: $0)
        }
    }

    /// Queued and not yet sent: `GET …/{id}/deliveries` tells what came of it.
    private func test(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let id = try call.webhook()
        return try await call.answer({ .json($0.json, status: .accepted) }, refusing: Refusal.init) {
            try await webhooks.test(id, by: .init(active), at: call.now, from: call.origin, recording: $0)
        }
    }

    private func deliveries(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let (id, page, state) = (try call.webhook(), try call.page(), try call.deliveryState())
        let paged = try await webhooks.deliveries(page, state, of: id, by: .init(active)).mapError(Refusal.init).get()
        var json = JSONWriter()
        json.beginObject()
        json.beginArray("deliveries")
        for delivery in paged.items { delivery.write(to: &json) }
        json.endArray()
        json.member(pagination: paged)
        json.endObject()
        return .json(json.bytes)
    }

    private func replay(_ call: Call, _ active: Grants.Active) async throws -> Response {
        guard let id = WebhookDelivery.ID(call.segment("id")) else { throw Refusal(WebhookRefusal.unknown) }
        return try await call.answer({ .json($0.json, status: .accepted) }, refusing: Refusal.init) {
            try await webhooks.replay(id, by: .init(active), at: call.now, from: call.origin, recording: $0)
        }
    }
}

extension Call {
    /// The webhook of the path. What is no identifier names none, in the same words.
    fileprivate func webhook() throws -> Webhook.ID {
        guard let id = Webhook.ID(segment("id")) else { throw Refusal(WebhookRefusal.unknown) }
        return id
    }

    /// `?status=dead`
    fileprivate func deliveryState() throws -> WebhookDelivery.State? {
        guard let name = try only("status") else { return nil }
        guard let state = WebhookDelivery.State(rawValue: name) else {
            throw Refusal.invalidRequest("The parameter status must be waiting, delivered or dead.")
        }
        return state
    }
}

extension JSONBody {
    fileprivate func url(_ webhooks: Webhooks) throws -> WebhookURL {
        switch WebhookURL.parse(try string("url"), allowsLoopback: webhooks.allowsLoopback) {
        case .success(let url): return url
        case .failure(let refusal): throw Refusal(WebhookRefusal.url(refusal))
        }
    }

    fileprivate func events() throws -> WebhookEvents {
        guard let names = try optionalStrings("events") else {
            throw Refusal.invalidRequest("The member events is missing: [\"*\"] are all.")
        }
        switch WebhookEvents.parse(names) {
        case .success(let events): return events
        case .failure(let refusal): throw Refusal(refusal)
        }
    }

    /// `overlap`, in seconds; a day when it is left out.
    fileprivate func webhookOverlap() throws -> Duration {
        let seconds = try optionalInteger("overlap") ?? Webhook.usualOverlap.components.seconds
        guard (0...Webhook.maximumOverlap.components.seconds).contains(seconds) else {
            throw Refusal(WebhookRefusal.overlapTooLong)
        }
        return .seconds(seconds)
    }
}
