import Identity
import JOSE

extension Webhook {
    func json(at now: Instant) -> [UInt8] {
        var json = JSONWriter()
        write(to: &json, at: now)
        return json.bytes
    }

    /// - Parameter secret: in the one answer that shows it.
    func write(to json: inout JSONWriter, secret: String? = nil, at now: Instant) {
        json.beginObject()
        json.member("id", id.description)
        json.member("url", url.text)
        json.member("events", events.names)
        if let secret { json.member("secret", secret) }
        json.member("enabled", isEnabled)
        json.member("disabled_reason", text: disabled?.reason.rawValue)
        json.member("disabled_at", time: disabled?.at)
        json.member("failing_since", time: failingSince)
        json.member("created_at", createdAt.iso8601)
        json.member("created_by", createdBy.description)
        json.member("rotated_at", time: rotatedAt)
        json.member("overlap_ends_at", time: overlapEnd(at: now))
        json.endObject()
    }
}

extension Webhooks.Given {
    func json(at now: Instant) -> [UInt8] {
        var json = JSONWriter()
        webhook.write(to: &json, secret: secret.text, at: now)
        return json.bytes
    }
}

extension WebhookDelivery {
    var json: [UInt8] {
        var json = JSONWriter()
        write(to: &json)
        return json.bytes
    }

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", id.description)
        json.member("webhook_id", webhook.description)
        json.member("message_id", messageID)
        json.member("event", event)
        json.member("status", state.rawValue)
        json.member("attempts", attempts)
        json.member("created_at", createdAt.iso8601)
        json.member("last_attempt_at", time: last?.at)
        json.member("next_attempt_at", time: nextAttemptAt)
        json.member("response_status", number: last?.status)
        json.member("response_body", text: last?.answer)
        json.member("duration_ms", number: last?.milliseconds)
        json.member("error", text: last?.cause)
        json.member("replay_of", text: replayOf?.description)
        json.endObject()
    }
}

extension JSONWriter {
    /// A number, or null.
    fileprivate mutating func member(_ name: String, number: Int64?) {
        if let number { member(name, number) } else { memberNull(name) }
    }
}
