import JOSE

/// The events that a webhook is sent.
package struct WebhookEvents: Hashable, Sendable {
    /// Names of events, or `*` alone for every event of the organization, also of kinds that there are not yet.
    package let names: [String]

    static let everything = "*"

    /// Every event of the organization.
    package static let all = WebhookEvents(names: [everything])

    package var isEverything: Bool { names == [Self.everything] }

    /// Reads a choice that was sent: names of events of organizations, each once, or `*` alone.
    package static func parse(_ names: [String]) -> Result<WebhookEvents, WebhookRefusal> {
        guard !names.isEmpty else { return .failure(.noEvents) }
        if names == [everything] { return .success(WebhookEvents(names: names)) }
        var kinds: [AuditEvent.Kind] = []
        for name in names {
            guard let kind = AuditEvent.Kind(rawValue: name), kind.isOfOrganization else {
                return .failure(.eventUnknown(name))
            }
            if !kinds.contains(kind) { kinds.append(kind) }
        }
        return .success(WebhookEvents(names: kinds.map(\.rawValue)))
    }

    init(stored: String) {
        names = stored.words
    }

    private init(names: [String]) {
        self.names = names
    }

    /// As it is stored, and told in the audit.
    var text: String { names.wordList }

    func includes(_ kind: AuditEvent.Kind) -> Bool {
        isEverything || names.contains(kind.rawValue)
    }
}
