/// Where a request came from: told to people who must decide by it, and kept in the audit.
package struct RequestOrigin: Hashable, Sendable {
    /// The network address, without a port.
    package let address: String
    /// The `User-Agent`, cut to 256 characters, without control characters.
    package let agent: String
    /// The request's id, `req_…` or the caller's own `X-Request-Id`.
    package let requestID: String

    package init(address: String, agent: String, requestID: String) {
        self.address = address
        self.agent = Self.isPlain(agent) ? agent : Self.plain(agent)
        self.requestID = requestID
    }

    /// As nearly every agent is; the rest is looked at scalar by scalar.
    private static func isPlain(_ agent: String) -> Bool {
        agent.utf8.count <= 256 && agent.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
    }

    private static func plain(_ agent: String) -> String {
        String(
            String.UnicodeScalarView(agent.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(256)))
    }

    /// For what the server does of itself: sweeping, the first start.
    package static let server = RequestOrigin(address: "", agent: "latchkey", requestID: "")

    /// Commands by which an operator changes something on the server's machine.
    package enum Command: String, Sendable {
        case keys, organizations, users
        case resourceServers = "resource-servers"
    }

    /// For what an operator does by one of them.
    package static func command(_ command: Command) -> RequestOrigin {
        RequestOrigin(address: "", agent: "latchkey \(command.rawValue)", requestID: "")
    }
}
