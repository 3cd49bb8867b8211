/// Which addresses a webhook may be sent to: those of the public internet, and no other. Whoever may name a URL must not
/// reach through this server what only this server can reach.
package enum WebhookAddress {
    /// Why an address is refused.
    package enum Refusal: String, Error, Sendable, CaseIterable {
        /// No address at all, or one with a zone.
        case unreadable
        case unspecified
        case loopback
        /// RFC 1918 and RFC 4193.
        case `private`
        /// RFC 6598: between a provider and its customers.
        case shared
        /// RFC 3927 and RFC 4291; the metadata of clouds are here.
        case linkLocal = "link_local"
        case multicast
        /// An IPv4 address in the clothes of IPv6, which leads to wherever some gateway takes it.
        case translated
        /// Documentation, benchmarks, and what the IANA keeps for later.
        case reserved
    }

    /// The IANA's registries of special-purpose addresses. Of IPv6, only 2000::/3 has been given out.
    static let blocks: [(network: String, refusal: Refusal)] = [
        ("0.0.0.0/8", .unspecified), ("10.0.0.0/8", .private), ("100.64.0.0/10", .shared), ("127.0.0.0/8", .loopback),
        ("169.254.0.0/16", .linkLocal), ("172.16.0.0/12", .private), ("192.0.0.0/24", .reserved),
        ("192.0.2.0/24", .reserved), ("192.88.99.0/24", .translated), ("192.168.0.0/16", .private),
        ("198.18.0.0/15", .reserved), ("198.51.100.0/24", .reserved), ("203.0.113.0/24", .reserved),
        ("224.0.0.0/4", .multicast), ("240.0.0.0/4", .reserved),
        ("::/128", .unspecified), ("::1/128", .loopback), ("::/96", .translated), ("64:ff9b::/96", .translated),
        ("64:ff9b:1::/48", .translated), ("100::/64", .reserved), ("2001::/32", .translated), ("2001::/23", .reserved),
        ("2001:db8::/32", .reserved), ("2002::/16", .translated), ("3fff::/20", .reserved), ("5f00::/16", .reserved),
        ("fc00::/7", .private), ("fe80::/10", .linkLocal), ("fec0::/10", .private), ("ff00::/8", .multicast),
    ]

    static let networks = blocks.compactMap { block in
        IPNetwork(block.network).map { (network: $0, refusal: block.refusal) }
    }
    private static let given = IPNetwork("2000::/3")

    /// What stands against sending anything to an address; nil: nothing.
    ///
    /// - Parameters:
    ///   - text: as a resolver tells it, without brackets.
    ///   - allowsLoopback: in development mode.
    package static func refusal(of text: String, allowsLoopback: Bool) -> Refusal? {
        guard let address = IPAddress(text) else { return .unreadable }
        let isSix = text.contains(":")
        // `::ffff:10.0.0.1` has been read as 10.0.0.1.
        if isSix, address.octets.count == 4 { return .translated }
        if let block = networks.first(where: { $0.network.contains(address) }) {
            return block.refusal == .loopback && allowsLoopback ? nil : block.refusal
        }
        return isSix && given?.contains(address) != true ? .reserved : nil
    }
}
