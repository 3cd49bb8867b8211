import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// API tokens by forms: one is made at `/organization`, and has a page of its own for all that is done with it after.
struct APITokenPages: Feature {
    let browsers: Browsers
    let pages: PageRenderer
    let gate: StepUpGate
    let organizations: Organizations
    let tokens: APITokens
    let resourceServers: ResourceServers
    let repetition: Repetition

    var routes: [Route] {
        [
            browsers.signedInPage("/organization/token") { call, viewer in try await show(call, viewer) },
            browsers.signedInForm("/organization/tokens", rate: .code, mint),
            browsers.signedInForm("/organization/tokens/rename", rename),
            browsers.signedInForm("/organization/tokens/rotate", rate: .code, rotate),
            browsers.signedInForm("/organization/tokens/revoke", revoke),
        ]
    }

    /// Whose token it is: the organization that the page names, if it is one of the viewer's.
    private struct Place {
        let own: Membership
        let viewer: Browsers.Viewer

        var actor: APITokens.Actor { actor(with: viewer.session.stepUp) }

        func actor(with stepUp: StepUp?) -> APITokens.Actor {
            .init(viewer.authenticated, in: own.organization.id, stepUp: stepUp)
        }
    }

    private func place(
        _ organization: String?, _ viewer: Browsers.Viewer, for action: OrganizationAction
    ) async throws -> Place {
        Place(own: try await organizations.membership(in: organization, of: viewer, for: action), viewer: viewer)
    }

    private func token(_ text: String?) throws -> APIToken.ID {
        guard let id = text.flatMap(APIToken.ID.init) else { throw Refusal.notFound }
        return id
    }

    // MARK: One token

    private func show(_ call: Call, _ viewer: Browsers.Viewer) async throws -> Response {
        let place = try await place(call.query("organization"), viewer, for: .readTokens)
        return try await page(of: try token(call.query("id")), place, call, notice: call.query("done"))
    }

    private static let notices = ["renamed": "Saved."]

    /// - Parameter refusal: what has just gone wrong.
    private func page(
        of id: APIToken.ID, _ place: Place, _ call: Call, notice: String? = nil, refusal: Refusal? = nil
    ) async throws -> Response {
        switch try await tokens.usage(of: id, by: place.actor, at: call.now) {
        case .failure(let refusal): throw Refusal(refusal)
        case .success(let usage):
            var context = usage.context(of: place.own, at: call.now)
            if let notice = notice.flatMap({ Self.notices[$0] }) { context["notice"] = notice }
            if let refusal { context["error"] = refusal.message }
            return pages.page("api-token", context, for: place.viewer.browser, status: refusal?.status ?? .ok)
        }
    }

    private func rename(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let place = try await place(form["organization"], viewer, for: .renameTokens)
        let id = try token(form["id"])
        guard let label = APIToken.label(from: form["label"] ?? "") else {
            let refusal = Refusal.invalidRequest(NameRule.ofLabels)
            return try await page(of: id, place, call, refusal: refusal)
        }
        switch try await tokens.rename(id, to: label, by: place.actor, at: call.now, from: call.origin) {
        case .success:
            return .seeOther("/organization/token?organization=\(place.own.organization.id)&id=\(id)&done=renamed")
        case .failure(let refusal): return try await page(of: id, place, call, refusal: Refusal(refusal))
        }
    }

    /// The first form asks, the second is sure.
    private func revoke(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let place = try await place(form["organization"], viewer, for: .revokeTokens)
        let id = try token(form["id"])
        guard form["confirmed"] == "yes" else {
            let listed = try await tokens.find(id, by: place.actor, at: call.now).mapError(Refusal.init).get()
            var context = listed.context(at: call.now)
            context["organizationID"] = place.own.organization.id.description
            return pages.page("api-token-revoke", context, for: viewer.browser)
        }
        _ = try await tokens.revoke(id, by: place.actor, at: call.now, from: call.origin)
            .mapError(Refusal.init).get()
        return .seeOther("/organization?id=\(place.own.organization.id)&done=token-revoked")
    }

    // MARK: New secrets

    private func mint(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let place = try await place(form["organization"], viewer, for: .mintTokens)
        let typed = MintingForm(form)
        return try await repetition.respond(to: call, form, of: viewer) { call in
            try await mint(typed, place, call, form)
        } sentBefore: { refusal in
            try await again(typed, place, refusal: refusal)
        }
    }

    private func mint(_ typed: MintingForm, _ place: Place, _ call: Call, _ form: FormBody) async throws -> Response {
        let minting: Minting
        switch typed.minting() {
        case .success(let asked): minting = asked
        case .failure(let fault): return try await again(typed, place, fault: fault)
        }
        let answer = given(place, at: call.now)
        let attempt = try await steppingUp(place, call, form, to: "make an API token") { actor in
            try await tokens.mint(
                minting, by: actor, at: call.now, from: call.origin, recording: call.keyed?.recording(answer) ?? .none)
        }
        switch attempt {
        case .asked(let response): return response
        case .done(.success(let given)): return answer(given).response
        // No form helps where there may be none at all.
        case .done(.failure(.planWithoutTokens(let plan))): throw Refusal(APITokenRefusal.planWithoutTokens(plan))
        case .done(.failure(let refusal)): return try await again(typed, place, refusal: Refusal(refusal))
        }
    }

    /// What became of something that takes a second factor.
    private enum Attempt {
        case done(Result<APITokens.Given, APITokenRefusal>)
        /// The page that asks for the factor.
        case asked(Response)
    }

    /// Asks for a second factor when that is all that is missing, so that nobody looks for their phone in vain, and does
    /// it once more with the one that was shown.
    private func steppingUp(
        _ place: Place, _ call: Call, _ form: FormBody, to purpose: String,
        _ operate: (APITokens.Actor) async throws -> Result<APITokens.Given, APITokenRefusal>
    ) async throws -> Attempt {
        let outcome = try await operate(place.actor)
        guard case .failure(.stepUpRequired) = outcome else { return .done(outcome) }
        switch try await gate.admit(call, place.viewer, form, to: purpose) {
        case .asked(let response): return .asked(response)
        case .admitted(let stepUp): return .done(try await operate(place.actor(with: stepUp)))
        }
    }

    /// The form, as it was typed, with what is wrong.
    private func again(
        _ typed: MintingForm, _ place: Place, fault: MintingForm.Fault? = nil, refusal: Refusal? = nil
    ) async throws -> Response {
        let catalog = try await resourceServers.catalog()
        var context: [String: Any] = [
            "form": typed.context(
                place.own.organization, tokens.plans[place.own.organization.plan], catalog, fault: fault),
            "organizationName": place.own.organization.name,
        ]
        if let refusal { context["error"] = refusal.message }
        return pages.page(
            "api-token-new", context, for: place.viewer.browser, status: refusal?.status ?? .badRequest)
    }

    private func rotate(_ call: Call, _ viewer: Browsers.Viewer, _ form: FormBody) async throws -> Response {
        let place = try await place(form["organization"], viewer, for: .mintTokens)
        let id = try token(form["id"])
        return try await repetition.respond(to: call, form, of: viewer) { call in
            try await rotate(id, place, call, form)
        } sentBefore: { refusal in
            try await page(of: id, place, call, refusal: refusal)
        }
    }

    private func rotate(_ id: APIToken.ID, _ place: Place, _ call: Call, _ form: FormBody) async throws -> Response {
        guard let overlap = form["overlap"].flatMap(Int64.init), overlap >= 0,
            .seconds(overlap) <= APIToken.maximumOverlap
        else { return try await page(of: id, place, call, refusal: Refusal(APITokenRefusal.overlapTooLong)) }
        let answer = given(place, at: call.now)
        let attempt = try await steppingUp(place, call, form, to: "give this API token a new secret") { actor in
            try await tokens.rotate(
                id, overlap: .seconds(overlap), by: actor, at: call.now, from: call.origin,
                recording: call.keyed?.recording(answer) ?? .none)
        }
        switch attempt {
        case .asked(let response): return response
        case .done(.success(let given)): return answer(given).response
        case .done(.failure(let refusal)): return try await page(of: id, place, call, refusal: .onPage(refusal))
        }
    }

    /// The page with the secret: shown once, and again to who sends the same form again.
    private func given(_ place: Place, at now: Instant) -> @Sendable (APITokens.Given) -> RecordedAnswer {
        { given in
            var context = given.listed.context(at: now)
            context["token"] = given.secret
            context["issuer"] = gate.issuer
            context["organizationID"] = place.own.organization.id.description
            return pages.recorded("api-token-given", context, for: place.viewer.browser)
        }
    }
}
