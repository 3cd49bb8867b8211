import Hummingbird
import Identity
import JOSE

/// Webhooks by forms: one is made at `/organization`, and has a page of its own for all that is done with it after.
struct WebhookPages: Feature {
    let browsers: Browsers
    let pages: PageRenderer
    let gate: StepUpGate
    let organizations: Organizations
    let webhooks: Webhooks
    let repetition: Repetition

    var routes: [Route] {
        [
            browsers.signedInPage("/organization/webhook", show),
            browsers.signedInForm("/organization/webhooks", rate: .code, create),
            browsers.signedInForm("/organization/webhooks/change", rate: .code, change),
            browsers.signedInForm("/organization/webhooks/switch", switchOnOrOff),
            browsers.signedInForm("/organization/webhooks/rotate", rate: .code, rotate),
            browsers.signedInForm("/organization/webhooks/test", test),
            browsers.signedInForm("/organization/webhooks/replay", replay),
            browsers.signedInForm("/organization/webhooks/delete", delete),
        ]
    }

    /// Messages on the page of a webhook.
    static let deliveriesShown: Int64 = 20

    /// Whose webhook it is: the organization that the page names, if it is one of the viewer's.
    private struct Place {
        let organization: Organization
        let viewer: Browsers.Viewer
        var stepUp: StepUp?

        var actor: Webhooks.Actor { .init(viewer.authenticated, in: organization.id, stepUp: stepUp) }
    }

    private func place(
        _ organization: String?, _ viewer: Browsers.Viewer, for action: OrganizationAction
    ) async throws -> Place {
        let own = try await organizations.membership(in: organization, of: viewer, for: action)
        return Place(organization: own.organization, viewer: viewer)
    }

    /// The webhook that a form is about, as it is now.
    private func target(_ viewer: Browsers.Viewer, _ form: FormBody) async throws -> (Place, Webhook) {
        let place = try await place(form["organization"], viewer, for: .manageWebhooks)
        return (place, try await webhook(form["id"], place))
    }

    private func webhook(_ text: String?, _ place: Place) async throws -> Webhook {
        guard let id = text.flatMap(Webhook.ID.init) else { throw Refusal.notFound }
        return try await webhooks.find(id, by: place.actor).mapError(Refusal.init).get()
    }

    // MARK: One webhook

    private func show(_ call: Call, _ viewer: Browsers.Viewer) async throws -> Response {
        let place = try await place(call.query("organization"), viewer, for: .readWebhooks)
        return try await page(of: try await webhook(call.query("id"), place), place, call, notice: call.query("done"))
    }

    private static let notices = [
        "changed": "Saved.", "on": "Switched on.", "off": "Switched off.",
        "test": "A test message is on its way. Reload to see what came of it.",
        "replay": "The message is sent once more. Reload to see what came of it.",
    ]

    private func page(
        of webhook: Webhook, _ place: Place, _ call: Call, notice: String? = nil, typed: WebhookForm? = nil,
        fault: WebhookForm.Fault? = nil, refusal: Refusal? = nil
    ) async throws -> Response {
        guard let first = Page(number: 1, limit: Self.deliveriesShown) else { throw Refusal.notFound }
        let deliveries = try await webhooks.deliveries(first, nil, of: webhook.id, by: place.actor)
            .mapError(Refusal.init).get()
        var context = webhook.context(at: call.now)
        context["organizationID"] = place.organization.id.description
        context["organizationName"] = place.organization.name
        context["deliveries"] = deliveries.items.map(\.context)
        context["deliveryCount"] = deliveries.total.grouped
        context["form"] = (typed ?? WebhookForm(webhook)).context(of: place.organization.id, fault: fault)
        context["notice"] = notice.flatMap { Self.notices[$0] }
        context["error"] = refusal?.message
        let status = refusal?.status ?? (fault == nil ? .ok : .badRequest)
        return pages.page("webhook", context, for: place.viewer.browser, status: status)
    }

    private func back(to webhook: Webhook.ID, _ place: Place, _ done: String) -> Response {
        .seeOther("/organization/webhook?organization=\(place.organization.id)&id=\(webhook)&done=\(done)")
    }

    private func change(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        var (place, webhook) = try await target(viewer, form)
        let typed = WebhookForm(form)
        let draft: Webhooks.Draft
        switch typed.draft(webhooks) {
        case .success(let asked): draft = asked
        case .failure(let fault): return try await page(of: webhook, place, call, typed: typed, fault: fault)
        }
        if draft.url != webhook.url {
            switch try await gate.admit(call, viewer, form, to: "send what happens here to another URL") {
            case .asked(let response): return response
            case .admitted(let stepUp): place.stepUp = stepUp
            }
        }
        let change = Webhooks.Change(url: draft.url, events: draft.events)
        switch try await webhooks.update(webhook.id, change, by: place.actor, at: call.now, from: call.origin) {
        case .success: return back(to: webhook.id, place, "changed")
        case .failure(let refusal):
            return try await page(of: webhook, place, call, typed: typed, refusal: Refusal(refusal))
        }
    }

    private func switchOnOrOff(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let (place, webhook) = try await target(viewer, form)
        let isOn = form["enabled"] == "yes"
        _ = try await webhooks.update(
            webhook.id, .init(isEnabled: isOn), by: place.actor, at: call.now, from: call.origin
        ).mapError(Refusal.init).get()
        return back(to: webhook.id, place, isOn ? "on" : "off")
    }

    private func test(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let (place, webhook) = try await target(viewer, form)
        switch try await webhooks.test(webhook.id, by: place.actor, at: call.now, from: call.origin) {
        case .success: return back(to: webhook.id, place, "test")
        case .failure(let refusal): return try await page(of: webhook, place, call, refusal: Refusal(refusal))
        }
    }

    private func replay(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let (place, webhook) = try await target(viewer, form)
        guard let id = form["delivery"].flatMap(WebhookDelivery.ID.init) else { throw Refusal.notFound }
        switch try await webhooks.replay(id, by: place.actor, at: call.now, from: call.origin) {
        case .success(let delivery): return back(to: delivery.webhook, place, "replay")
        case .failure(.unknown): throw Refusal.notFound
        case .failure(let refusal): return try await page(of: webhook, place, call, refusal: Refusal(refusal))
        }
    }

    /// The first form asks, the second is sure.
    private func delete(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let (place, webhook) = try await target(viewer, form)
        guard form["confirmed"] == "yes" else {
            var context = webhook.context(at: call.now)
            context["organizationID"] = place.organization.id.description
            return pages.page("webhook-delete", context, for: viewer.browser)
        }
        _ = try await webhooks.delete(webhook.id, by: place.actor, at: call.now, from: call.origin)
            .mapError(Refusal.init).get()
        return .seeOther("/organization?id=\(place.organization.id)&done=webhook-deleted#webhooks")
    }

    // MARK: New secrets

    private func create(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let place = try await place(form["organization"], viewer, for: .manageWebhooks)
        let typed = WebhookForm(form)
        return try await repetition.respond(to: call, form, of: viewer) { call in
            try await create(typed, place, call, form)
        } sentBefore: { refusal in
            again(typed, place, refusal: refusal)
        }
    }

    private func create(_ typed: WebhookForm, _ place: Place, _ call: Call, _ form: FormBody) async throws -> Response {
        let draft: Webhooks.Draft
        switch typed.draft(webhooks) {
        case .success(let asked): draft = asked
        case .failure(let fault): return again(typed, place, fault: fault)
        }
        var place = place
        switch try await gate.admit(call, place.viewer, form, to: "make a webhook") {
        case .asked(let response): return response
        case .admitted(let stepUp): place.stepUp = stepUp
        }
        let answer = given(place, at: call.now)
        switch try await webhooks.create(
            draft, by: place.actor, at: call.now, from: call.origin, recording: call.keyed?.recording(answer) ?? .none)
        {
        case .success(let given): return answer(given).response
        case .failure(let refusal): return again(typed, place, refusal: Refusal(refusal))
        }
    }

    /// The form, as it was typed, with what is wrong.
    private func again(
        _ typed: WebhookForm, _ place: Place, fault: WebhookForm.Fault? = nil, refusal: Refusal? = nil
    ) -> Response {
        var context: [String: Any] = [
            "form": typed.context(of: place.organization.id, fault: fault),
            "organizationName": place.organization.name,
        ]
        context["error"] = refusal?.message
        return pages.page("webhook-new", context, for: place.viewer.browser, status: refusal?.status ?? .badRequest)
    }

    private func rotate(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let (place, webhook) = try await target(viewer, form)
        return try await repetition.respond(to: call, form, of: viewer) { call in
            try await rotate(webhook, place, call, form)
        } sentBefore: { refusal in
            try await page(of: webhook, place, call, refusal: refusal)
        }
    }

    private func rotate(_ webhook: Webhook, _ place: Place, _ call: Call, _ form: FormBody) async throws -> Response {
        guard let overlap = form["overlap"].flatMap(Int64.init), overlap >= 0,
            .seconds(overlap) <= Webhook.maximumOverlap
        else { return try await page(of: webhook, place, call, refusal: Refusal(WebhookRefusal.overlapTooLong)) }
        var place = place
        switch try await gate.admit(call, place.viewer, form, to: "give this webhook a new secret") {
        case .asked(let response): return response
        case .admitted(let stepUp): place.stepUp = stepUp
        }
        let answer = given(place, at: call.now)
        switch try await webhooks.rotate(
            webhook.id, overlap: .seconds(overlap), by: place.actor, at: call.now, from: call.origin,
            recording: call.keyed?.recording(answer) ?? .none)
        {
        case .success(let given): return answer(given).response
        case .failure(let refusal): return try await page(of: webhook, place, call, refusal: Refusal(refusal))
        }
    }

    /// The page with the secret: shown once, and again to who sends the same form again.
    private func given(_ place: Place, at now: Instant) -> @Sendable (Webhooks.Given) -> RecordedAnswer {
        { given in
            var context = given.webhook.context(at: now)
            context["secret"] = given.secret.text
            context["organizationID"] = place.organization.id.description
            return pages.recorded("webhook-given", context, for: place.viewer.browser)
        }
    }
}
