import Identity
import JOSE

// What pages tell of API tokens. `docs` are the headers of their templates.

extension APITokens.Listed {
    /// One token, in a list or on its page.
    func context(at now: Instant) -> [String: Any] {
        let status = token.status(on: terms, at: now)
        var context: [String: Any] = [
            "tokenID": token.id.description, "tokenLabel": token.label, "secret": displayedSecret,
            "access": token.access.phrase, "scopes": token.scopes.names, "madeAt": token.createdAt.moment,
            "maker": makerName, "calls": calls.grouped, "oneCall": calls == 1, "status": status.rawValue,
            "isOver": status == .revoked || status == .expired,
        ]
        if token.scopes.names.count > 8 { context["manyScopes"] = token.scopes.names.count }
        context["restrictions"] = (token.resources?.json.members ?? []).map { kind in
            "\(kind.name): \((kind.value.strings ?? []).joined(separator: ", "))"
        }
        context["usedAt"] = lastUsedAt?.moment
        context["endsAt"] = token.expiresAt?.moment
        context["rotatedAt"] = token.rotatedAt?.moment
        context["revokedAt"] = token.revokedAt?.moment
        context["overlapEndsAt"] = token.overlapEnd(at: now)?.moment
        return context
    }

    private var displayedSecret: String { "\(APITokenSecret.displayPrefix(of: token.id))…\(token.lastFour)" }
}

extension APITokens.Usage {
    /// The page of one token.
    func context(of own: Membership, at now: Instant) -> [String: Any] {
        var context = listed.context(at: now)
        context["organizationID"] = own.organization.id.description
        context["organizationName"] = own.organization.name
        if let last {
            context["usedFrom"] = last.address
            context["usedBy"] = AgentName.readable(last.agent)
        }
        context["days"] = days.map { day in
            ["date": String(day.start.iso8601.prefix(10)), "dayCalls": day.calls.grouped] as [String: Any]
        }
        let isOver = context["isOver"] as? Bool == true
        if !isOver {
            if own.role.may(.renameTokens) { context["mayRename"] = true }
            if own.role.may(.mintTokens), listed.terms.mintsAPITokens { context["mayRotate"] = true }
            if own.role.may(.revokeTokens) { context["mayRevoke"] = true }
        }
        return context
    }
}

extension APIToken.Access {
    /// As people read it.
    fileprivate var phrase: String {
        switch self {
        case .full: "Full access"
        case .readOnly: "Read-only"
        case .custom: "Custom"
        }
    }
}
