import Foundation
import NIOCore

/// How far webhooks go. Whoever may make one has this server send requests to a place of their choice; they must not
/// reach through it what only it can reach.
enum WebhookReach: Sendable {
    /// Addresses of the public internet, and no other.
    case publicInternet
    /// This very machine and its network too. For development: `serve --local-webhooks`.
    case everywhere

    /// Whether anything is sent to an address, as a resolver tells it.
    func includes(_ address: String) -> Bool {
        switch self {
        case .everywhere: true
        case .publicInternet: address.contains(":") ? Self.isPublicSix(address) : Self.isPublicFour(address)
        }
    }

    /// The address of a name. It is looked at and then connected to, so that the name cannot answer otherwise the second
    /// time it is asked.
    static func resolve(_ host: String, port: Int) async throws -> String? {
        try await withCheckedThrowingContinuation { continuation in
            // The resolver of the system blocks.
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result { try SocketAddress.makeAddressResolvingHost(host, port: port).ipAddress })
            }
        }
    }

    /// 168.63.129.16: in Azure, what serves the machine itself. In no registry, and public by its looks.
    private static let machineServices: [UInt8] = [168, 63, 129, 16]

    /// The IANA's registry of special-purpose addresses, RFC 6890 and after.
    private static func isPublicFour(_ address: String) -> Bool {
        let parts = address.split(separator: ".").compactMap { UInt8($0) }
        guard parts.count == 4, parts != machineServices else { return false }
        switch (parts[0], parts[1], parts[2]) {
        case (0, _, _), (10, _, _), (127, _, _), (224...255, _, _): return false
        case (100, 64...127, _), (169, 254, _), (172, 16...31, _), (192, 168, _), (198, 18...19, _): return false
        case (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 51, 100), (203, 0, 113): return false
        default: return true
        }
    }

    /// 2000::/3 is all that has been given out; less what in it is no place, or leads to an IPv4 address.
    private static func isPublicSix(_ address: String) -> Bool {
        let groups = address.split(separator: ":", omittingEmptySubsequences: false)
        guard let first = groups.first.flatMap({ UInt16($0, radix: 16) }), (0x2000...0x3FFF).contains(first),
            !address.contains("."), !address.contains("%")
        else { return false }
        // `2a00::1`: the second group is among those left out, which are zero.
        let second = groups.count > 1 ? UInt16(groups[1], radix: 16) ?? 0 : 0
        switch first {
        case 0x2001: return second > 0x01FF && second != 0x0DB8
        case 0x2002: return false
        case 0x3FFF: return second > 0x0FFF
        default: return true
        }
    }
}
