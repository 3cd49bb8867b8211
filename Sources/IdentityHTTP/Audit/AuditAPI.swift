import Hummingbird
import Identity
import JOSE
import NIOCore

/// The audit of the organization that the caller's access token acts in, for its owners and admins.
///
/// No API token is taken here: what it would tell, of people and of other tokens, is worth more than any of them.
struct AuditAPI: Feature {
    let bearer: BearerAuthentication
    let log: AuditLog

    var routes: [Route] {
        [
            bearer.route(.get, "/api/v1/audit", list),
            bearer.route(.get, "/api/v1/audit/export", export),
            bearer.route(.get, "/api/v1/audit/events", events),
        ]
    }

    private func list(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let paged = try await log.list(
            try call.page(), try call.auditFilter(), of: active.grant.organization, by: active.user.id
        ).mapError(Refusal.init).get()
        var json = JSONWriter()
        json.beginObject()
        json.member("events", .array(paged.items.map { .object($0.json) }))
        json.member(pagination: paged)
        json.endObject()
        return .json(json.bytes)
    }

    /// All that fits, the oldest first, an object a line. What happens after the call is not in it.
    ///
    /// Read a batch at a time, as fast as the caller takes it. When a batch cannot be read the answer breaks off
    /// without its end, so that nobody takes a part for the whole.
    private func export(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let (organization, user) = (active.grant.organization, active.user.id)
        var filter = try call.auditFilter()
        filter.until = min(filter.until ?? call.now, call.now)
        let (log, wanted) = (log, filter)
        let first = try await log.batch(after: nil, wanted, of: organization, by: user).mapError(Refusal.init).get()
        let body = ResponseBody { writer in
            var records = first
            while let last = records.last {
                try await writer.write(ByteBuffer(bytes: records.lines))
                guard records.count == Int(AuditLog.batchSize) else { break }
                records = try await log.batch(after: last.id, wanted, of: organization, by: user)
                    .mapError(Refusal.init).get()
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/x-ndjson"], body: body)
    }

    /// The names that a filter or a webhook may give, with what each means.
    private func events(_ call: Call, _ active: Grants.Active) async throws -> Response {
        var json = JSONWriter()
        json.beginObject()
        json.beginArray("events")
        for kind in AuditEvent.Kind.ofOrganizations {
            json.beginObject()
            json.member("event", kind.rawValue)
            json.member("description", kind.meaning)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json.bytes)
    }
}

extension [AuditRecord] {
    /// An object a line.
    fileprivate var lines: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count * 600)
        for record in self {
            bytes += JSONValue.object(record.json).serialized()
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}
