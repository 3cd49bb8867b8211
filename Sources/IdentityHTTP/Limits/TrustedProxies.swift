import HTTPTypes
import Identity

/// The proxies whose word about their callers is believed; by default none.
///
/// A proxy appends to `X-Forwarded-For`, or to `Forwarded` (RFC 7239), whom it was called by. Whatever stood there
/// before, its caller may have made up. So the hops are followed from the right, from this server outwards, for as long
/// as they are trusted: the first that is not is the caller. No other header is looked at.
package struct TrustedProxies: Sendable {
    private let networks: [IPNetwork]

    /// Nobody is believed.
    package static let none = TrustedProxies()

    private init() {
        networks = []
    }

    /// Reads addresses and networks separated by commas. Nil when one is neither, or when there is none.
    package init?(_ list: String) {
        let entries = list.split(separator: ",", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
        networks = entries.compactMap { IPNetwork($0) }
        guard !networks.isEmpty, networks.count == entries.count else { return nil }
    }

    package var isEmpty: Bool { networks.isEmpty }

    func contains(_ address: IPAddress) -> Bool { networks.contains { $0.contains(address) } }

    /// The address of whoever asked.
    ///
    /// - Parameter peer: the other end of the connection; nil when that is no network address.
    /// - Returns: the peer, unless it is a proxy that says whom it asks for. Where the two headers tell two tales the
    ///   proxy knows nothing of one of them, so neither is believed and the caller is the proxy.
    func caller(peer: String?, _ headers: HTTPFields) -> String {
        guard let peer else { return "unknown" }
        // The system writes addresses in one way, but for those of IPv4 on a socket of IPv6.
        if isEmpty, !peer.hasPrefix("::ffff:") { return peer }
        guard let proxy = IPAddress(peer) else { return peer }
        guard contains(proxy) else { return proxy.description }
        let tales = [
            headers[values: .xForwardedFor].map(ForwardedHop.parse(forwardedFor:)),
            headers[values: .forwarded].map(ForwardedHop.parse(forwarded:)),
        ].filter { !$0.isEmpty }.map { follow($0.flatMap { $0 }, from: proxy) }
        guard let caller = tales.first, tales.allSatisfy({ $0 == caller }) else { return proxy.description }
        return caller.description
    }

    /// From the right to the left, as long as it is trusted. A hop that is no address (`unknown`, `_hidden`, or
    /// rubbish) ends the way: the proxy that wrote it down is the last one known.
    private func follow(_ hops: [ForwardedHop], from proxy: IPAddress) -> IPAddress {
        var last = proxy
        for hop in hops.reversed() {
            guard contains(last), case .address(let address) = hop else { return last }
            last = address
        }
        return last
    }
}

/// One entry of `X-Forwarded-For` or `Forwarded`.
enum ForwardedHop: Hashable, Sendable {
    case address(IPAddress)
    /// Not said, hidden, or not written as it has to be.
    case unknown

    /// `203.0.113.9, 10.0.0.5`, and with ports as some write them: `203.0.113.9:4711`, `[2001:db8::1]:4711`.
    static func parse(forwardedFor field: String) -> [ForwardedHop] {
        field.split(separator: ",", omittingEmptySubsequences: false).map { ForwardedHop(node: $0.trimmingBlanks) }
    }

    /// `for=203.0.113.9;proto=https, for="[2001:db8::1]:4711"` (RFC 7239 §4). A field in which anything is not as it
    /// has to be says nothing at all: who opens a quotation mark and leaves it open must not hide what follows.
    static func parse(forwarded field: String) -> [ForwardedHop] {
        var parser = ForwardedParser(field)
        return parser.hops() ?? [.unknown]
    }

    /// RFC 7239 §6, and an IPv6 address without brackets, as `X-Forwarded-For` has it.
    init(node: some StringProtocol) {
        var host = String(node)
        if host.first == "[", let close = host.firstIndex(of: "]") {
            let rest = host[host.index(after: close)...]
            host = String(host[host.index(after: host.startIndex)..<close])
            guard rest.isEmpty || Self.isPort(rest), host.contains(":") else {
                self = .unknown
                return
            }
        } else if let colon = host.firstIndex(of: ":"), host.lastIndex(of: ":") == colon {
            guard Self.isPort(host[colon...]) else {
                self = .unknown
                return
            }
            host = String(host[..<colon])
        }
        self = IPAddress(host).map(ForwardedHop.address) ?? .unknown
    }

    /// A colon and a number, or a colon and a hidden one (`:_port`).
    private static func isPort(_ text: Substring) -> Bool {
        let name = text.utf8.dropFirst()
        guard text.first == ":", (1...32).contains(name.count) else { return false }
        return UInt16(String(text.dropFirst())) != nil
            || (name.first == UInt8(ascii: "_") && name.allSatisfy(ForwardedParser.isTokenCharacter))
    }
}

extension StringProtocol {
    fileprivate var trimmingBlanks: SubSequence {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let rest = self.drop(while: isBlank)
        guard let last = rest.lastIndex(where: { !isBlank($0) }) else { return rest }
        return rest[...last]
    }
}
