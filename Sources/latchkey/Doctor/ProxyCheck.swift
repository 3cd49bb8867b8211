import Identity
import JOSE
import LatchkeyVerifier

/// The server knows its callers apart, whatever stands before it.
struct ProxyCheck: Check {
    let name = "proxies"

    func examine(_ deployment: Deployment) async -> [Finding] {
        guard let keys = deployment.purposeKeys else {
            return [.warn("The server cannot be asked what it sees without the master key.", fix: "See there.")]
        }
        do {
            let ticket = DoctorTicket.make(keys, at: .now)
            let answer = try await deployment.server.look("/doctor", [("X-Latchkey-Doctor", ticket)])
            guard answer.status == 200, let seen = Seen(answer.bytes) else {
                return [
                    .warn(
                        "The server does not tell what it sees (HTTP status \(answer.status)).",
                        fix: "Does it run this version with this master key, and is its clock right?")
                ]
            }
            return [judge(seen, deployment)]
        } catch {
            return [.fault(CommandFailure(error)?.message ?? "\(error)", fix: "See the finding about the issuer.")]
        }
    }

    /// A request of ours, as it arrived.
    private struct Seen {
        let peer: String
        let isTrusted: Bool
        let caller: String
        let headers: [String]
        let hasBoth: Bool

        init?(_ body: [UInt8]) {
            guard let json = (try? JSONValue.parse(body))?.object, let peer = json["peer"]?.string,
                let caller = json["caller"]?.string, case .bool(let isTrusted)? = json["peer_is_trusted"]
            else { return nil }
            let given = [("X-Forwarded-For", "x_forwarded_for"), ("Forwarded", "forwarded")].filter {
                json[$0.1]?.string?.isEmpty == false
            }
            (self.peer, self.caller, self.isTrusted) = (peer, caller, isTrusted)
            (headers, hasBoth) = (given.map(\.0), given.count == 2)
        }
    }

    private func judge(_ seen: Seen, _ deployment: Deployment) -> Finding {
        let names = seen.headers.joined(separator: " and ")
        switch (seen.isTrusted, seen.headers.isEmpty) {
        case (true, false) where seen.caller == seen.peer && seen.hasBoth:
            return .fault(
                "The proxy \(seen.peer) sends \(names), and they do not agree, so neither is believed.",
                fix: "Let the proxy write one of them and take the other away.")
        case (true, false) where seen.caller == seen.peer:
            return .warn(
                "The proxy \(seen.peer) names no caller in \(names) that is not itself.",
                fix: "Run doctor from elsewhere, or let the proxy add whom it was called by.")
        case (true, false): return .ok("Behind the proxy \(seen.peer) this call was seen to come from \(seen.caller).")
        case (true, true):
            return .fault(
                "\(seen.peer) is trusted but says nothing of its callers, so they count as one.",
                fix: "Let the proxy send X-Forwarded-For; docs/operations.md has the lines.")
        case (false, false):
            return .fault(
                "A proxy at \(seen.peer) sends \(names), and is not believed: all its callers count as one.",
                fix: "Set trusted_proxies to \(seen.peer)")
        case (false, true): return direct(seen, deployment)
        }
    }

    private func direct(_ seen: Seen, _ deployment: Deployment) -> Finding {
        guard deployment.issuer.isSecure, deployment.configuration.edge.tls == nil else {
            return .ok("No proxy stands before the server: this call was seen to come from \(seen.caller).")
        }
        return .fault(
            "Something at \(seen.peer) speaks TLS for the server and says nothing of its callers, so they count as one.",
            fix: "Let it send X-Forwarded-For, and set trusted_proxies to \(seen.peer)")
    }
}
