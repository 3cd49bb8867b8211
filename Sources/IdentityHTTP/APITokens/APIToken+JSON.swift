import Identity
import JOSE

extension APITokens.Listed {
    func json(at now: Instant) -> [UInt8] {
        var json = JSONWriter()
        write(to: &json, at: now)
        return json.bytes
    }

    /// - Parameter secret: the wire form, in the one answer that shows it.
    func write(to json: inout JSONWriter, secret: String? = nil, at now: Instant) {
        json.beginObject()
        json.member("id", token.id.description)
        if let secret { json.member("token", secret) }
        json.member("label", token.label)
        json.member("prefix", APITokenSecret.displayPrefix(of: token.id))
        json.member("last_four", token.lastFour)
        json.member("access", token.access.rawValue)
        json.member("scopes", words: token.scopes.description)
        json.member(resources: token.resources)
        json.member("created_at", token.createdAt.iso8601)
        json.member("created_by", token.createdBy.description)
        json.member("created_by_name", makerName)
        json.member("rotated_at", time: token.rotatedAt)
        json.member("overlap_ends_at", time: token.overlapEnd(at: now))
        json.member("expires_at", time: token.expiresAt)
        json.member("revoked_at", time: token.revokedAt)
        json.member("last_used_at", time: lastUsedAt)
        json.member("uses_this_period", calls)
        json.member("status", token.status(on: terms, at: now).rawValue)
        json.endObject()
    }
}

extension APITokens.Given {
    func json(at now: Instant) -> [UInt8] {
        var json = JSONWriter()
        listed.write(to: &json, secret: secret, at: now)
        return json.bytes
    }
}

extension APITokens.Usage {
    func json(at now: Instant) -> [UInt8] {
        let period = BillingPeriod(of: now)
        var json = JSONWriter()
        json.beginObject()
        json.member("id", listed.token.id.description)
        json.member("last_used_at", time: last?.at)
        json.member("last_used_address", text: last?.address)
        json.member("last_used_agent", text: last?.agent)
        json.member("uses_this_period", listed.calls)
        json.beginObject("period")
        json.member("start", period.start.iso8601)
        json.member("end", period.end.iso8601)
        json.endObject()
        json.beginArray("days")
        for day in days {
            json.beginObject()
            json.member("date", String(day.start.iso8601.prefix(10)))
            json.member("calls", day.calls)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.bytes
    }
}

extension JSONWriter {
    /// `plan: {name, api_tokens, custom_scopes}`: whether there may be any, and of which kind.
    mutating func member(plan terms: PlanTerms) {
        beginObject("plan")
        member("name", terms.plan.rawValue)
        member("api_tokens", terms.mintsAPITokens)
        member("custom_scopes", terms.customScopes)
        endObject()
    }

    /// A time, or null.
    mutating func member(_ name: String, time: Instant?) {
        member(name, text: time?.iso8601)
    }

    /// A text, or null.
    mutating func member(_ name: String, text: String?) {
        if let text { member(name, text) } else { memberNull(name) }
    }

    /// `resources`: an object, or null for a token that is not confined.
    mutating func member(resources: ResourceRestrictions?) {
        if let resources { member("resources", .object(resources.json)) } else { memberNull("resources") }
    }
}
