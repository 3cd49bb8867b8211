import AsyncHTTPClient
import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension CommandFailure {
    static func outOfReach(_ issuer: Issuer, reason: any Error) -> CommandFailure {
        if let failure = HandshakeFailure(reason) {
            return CommandFailure(
                .outOfReach, code: failure.code, "Cannot reach \(issuer): \(failure.words).", next: failure.next)
        }
        return CommandFailure(
            .outOfReach, code: "out_of_reach", "Cannot reach \(issuer): \(plain(reason)).",
            next: issuer.isLoopback
                ? "Is it running? Start it with: latchkey serve, or with --dev to try it. Is it elsewhere? Name it: --issuer URL"
                : "Check the address and your network, then try again.")
    }

    static func unavailable(_ issuer: Issuer, status: Int, retryAfter: Int?) -> CommandFailure {
        CommandFailure(
            .outOfReach, code: "unavailable", "\(issuer) cannot answer just now (HTTP status \(status)).",
            next: retryAfter.map { "Try again in \($0) seconds." }
                ?? "Try again in a moment. If it stays so, its operator finds the cause in the server's log.")
    }

    static func notLatchkey(_ issuer: Issuer, _ what: String) -> CommandFailure {
        CommandFailure(
            .outOfReach, code: "not_latchkey", "\(issuer) does not answer as a Latchkey server: \(what).",
            next: "Is the issuer right? Give another with --issuer URL or LATCHKEY_ISSUER.")
    }

    /// A refusal that has no words of its own for the command at hand.
    init(_ refusal: ServerRefusal) {
        guard refusal.status != 429 else {
            self.init(
                .refused, code: refusal.code, "Too many requests: the server asks to wait.",
                next: refusal.retryAfter.map { "Try again in \($0) seconds." } ?? "Try again in a minute.")
            return
        }
        self.init(.refused, code: refusal.code, "The server refused: \(refusal.message) (\(refusal.code))")
    }

    /// In a few words.
    static func plain(_ error: any Error) -> String {
        let late = "no answer within \(IdentityServer.timeout.components.seconds) seconds"
        switch error {
        case let error as HTTPClientError:
            let timeouts: [HTTPClientError] = [
                .connectTimeout, .tlsHandshakeTimeout, .readTimeout, .deadlineExceeded,
            ]
            return timeouts.contains(error) ? late : error == .remoteConnectionClosed ? "it hung up" : "\(error)"
        case let error as NIOConnectionError:
            if error.dnsAError != nil && error.dnsAAAAError != nil { return "no such host" }
            return error.connectionErrors.last.map { plain($0.error) } ?? "\(error)"
        case ChannelError.connectTimeout: return late
        case let error as IOError:
            return error.errnoCode == ECONNREFUSED
                ? "nothing listens there" : String(cString: strerror(error.errnoCode))
        default: return HandshakeFailure(error)?.words ?? "\(error)"
        }
    }
}
