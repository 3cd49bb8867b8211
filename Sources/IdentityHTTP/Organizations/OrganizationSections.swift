import Identity
import JOSE

/// What only owners and admins see of an organization: its API tokens, its webhooks, and what was done in it.
struct OrganizationSections: Sendable {
    let tokens: APITokens
    let webhooks: Webhooks
    let auditLog: AuditLog
    let resourceServers: ResourceServers

    /// Tokens on a page of the list.
    static let tokensPerPage: Int64 = 20

    /// Nil for who may not see them.
    func apiTokens(
        of own: Membership, by viewer: Sessions.Authenticated, page number: Int64, at now: Instant
    ) async throws -> [String: Any]? {
        guard own.role.may(.readTokens) else { return nil }
        guard let page = Page(number: number, limit: Self.tokensPerPage) else {
            throw Refusal.invalidRequest("tokens is the number of a page, from 1 on.")
        }
        let (organization, terms) = (own.organization, tokens.plans[own.organization.plan])
        let paged = try await tokens.list(page, by: .init(viewer, in: organization.id), at: now)
            .mapError(Refusal.init).get().tokens
        var context: [String: Any] = [
            "tokens": paged.items.map { $0.context(at: now) }, "tokenCount": paged.total.grouped,
        ]
        let quota = try await tokens.quota(of: organization, at: now)
        if terms.mintsAPITokens, let limit = quota.limit {
            context["quota"] =
                [
                    "used": quota.used.grouped, "limit": limit.grouped, "renewsAt": quota.period.end.moment,
                    "exhausted": quota.isExhausted,
                ] as [String: Any]
        }
        if page.number > 1 { context["previousTokens"] = page.number - 1 }
        if page.number * page.limit < paged.total { context["nextTokens"] = page.number + 1 }
        if !terms.mintsAPITokens {
            context["planless"] = organization.plan.rawValue
        } else if own.role.may(.mintTokens) {
            context["form"] = MintingForm.empty.context(organization, terms, try await resourceServers.catalog())
        }
        return context
    }

    /// Nil for who may not see them. All of them: there are few.
    func webhooks(
        of own: Membership, by viewer: Sessions.Authenticated, at now: Instant
    ) async throws -> [String: Any]? {
        guard own.role.may(.manageWebhooks) else { return nil }
        guard let page = Page(number: 1, limit: Webhook.maximumCount) else { throw Refusal.notFound }
        let paged = try await webhooks.list(page, by: .init(viewer, in: own.organization.id))
            .mapError(Refusal.init).get()
        return [
            "webhooks": paged.items.map { $0.context(at: now) }, "webhookCount": paged.total.grouped,
            "form": WebhookForm.empty.context(of: own.organization.id),
        ]
    }

    /// Nil for who may not see them.
    func audit(
        of own: Membership, by viewer: User.ID, before last: AuditEvent.ID?
    ) async throws -> [String: Any]? {
        guard own.role.may(.readAudit) else { return nil }
        let slice = try await auditLog.newest(before: last, of: own.organization.id, by: viewer)
            .mapError(Refusal.init).get()
        var context: [String: Any] = [
            "events": slice.records.map { $0.context(naming: slice.people) }, "isOlder": last != nil,
        ]
        if slice.goesOn, let end = slice.records.last { context["earlier"] = end.id.description }
        return context
    }
}
