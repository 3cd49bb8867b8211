import Hummingbird
import Identity
import JOSE

extension Call {
    /// `?event=A&event=B,C&since=…&until=…&search=…`
    func auditFilter() throws -> AuditFilter {
        var filter = AuditFilter(
            events: try events(), since: try time("since"), until: try time("until"), search: try only("search"))
        if let since = filter.since, let until = filter.until, since >= until {
            throw Refusal.invalidRequest("since must be before until.")
        }
        if let search = filter.search {
            guard search.utf8.count <= AuditFilter.maximumSearchLength,
                search.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
            else {
                throw Refusal.invalidRequest(
                    "search must have at most \(AuditFilter.maximumSearchLength) bytes, without control characters.")
            }
            if search.isEmpty { filter.search = nil }
        }
        return filter
    }

    private func events() throws -> [AuditEvent.Kind] {
        let names = request.uri.queryParameters.getAll("event").flatMap { $0.split(separator: ",") }.map(String.init)
        var kinds: [AuditEvent.Kind] = []
        for name in names {
            guard let kind = AuditEvent.Kind(rawValue: name), kind.isOfOrganization else {
                throw Refusal.unknownEvent(name)
            }
            if !kinds.contains(kind) { kinds.append(kind) }
        }
        return kinds
    }

    private func time(_ name: String) throws -> Instant? {
        guard let text = try only(name) else { return nil }
        guard let time = Instant(iso8601: text) else {
            throw Refusal.invalidRequest(
                "The parameter \(name) must be a time of RFC 3339, such as 2026-11-20T21:45:23Z (+ is written %2B).")
        }
        return time
    }
}

extension Refusal {
    /// An event that no organization has, named as it was sent.
    static func unknownEvent(_ name: String) -> Refusal {
        .invalidRequest(
            "The parameter event names \(name.prefix(64)), which is no event of organizations. "
                + "GET /api/v1/audit/events lists those that there are.")
    }
}
