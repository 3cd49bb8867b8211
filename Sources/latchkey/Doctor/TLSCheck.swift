import JOSE
import LatchkeyVerifier

/// Clients believe the certificate that the issuer's name shows, and will for a while.
struct TLSCheck: Check {
    let name = "tls"

    func examine(_ deployment: Deployment) async -> [Finding] {
        guard deployment.issuer.isSecure else {
            return [.ok("The issuer is on this machine, so nothing crosses a network.")]
        }
        var findings = files(deployment.configuration.edge.tls, at: .now)
        findings.append(await shown(deployment))
        return findings
    }

    private func files(_ files: TLSFiles?, at now: Instant) -> [Finding] {
        guard let files else { return [] }
        do throws(TLSRefusal) {
            return [judge(expiresAt: try files.load().expiresAt, "The certificate in \(files.certificate)", at: now)]
        } catch {
            return [.fault(error.message, fix: error.next)]
        }
    }

    private func shown(_ deployment: Deployment) async -> Finding {
        let issuer = deployment.issuer
        let expiresAt: Instant
        switch await TLSHandshake.expiry(of: issuer.host, port: issuer.port) {
        case .success(let instant): expiresAt = instant
        case .failure(let failure):
            return .fault(
                "\(issuer.host):\(issuer.port) does not speak TLS: \(failure.reason).",
                fix: "Set tls_certificate and tls_key, or let a proxy that speaks TLS listen there.")
        }
        let age = judge(expiresAt: expiresAt, "The certificate that \(issuer.host) shows", at: .now)
        guard age.verdict != .fault else { return age }
        do {
            _ = try await deployment.server.look("/healthz")
            return age
        } catch {
            return distrust(error, issuer)
        }
    }

    /// The handshake went well as long as nobody looked at the certificate.
    private func distrust(_ error: any Error, _ issuer: Issuer) -> Finding {
        let failure = CommandFailure(error)
        if failure?.code == HandshakeFailure.otherName.code {
            return .fault(
                "The certificate that \(issuer.host) shows is not for that name.",
                fix: "Get one that names \(issuer.host), or correct the setting issuer.")
        }
        guard failure?.code == HandshakeFailure.untrusted.code else {
            return .fault(failure?.message ?? "\(error)", fix: "See the finding about the issuer.")
        }
        return .fault(
            "The certificate that \(issuer.host) shows is \(HandshakeFailure.distrust), or its chain is incomplete.",
            fix: "Put the whole chain into the certificate's file (fullchain.pem), the server's own first. For an "
                + "authority of your own: --authorities FILE, or LATCHKEY_AUTHORITIES.")
    }

    private func judge(expiresAt: Instant, _ what: String, at now: Instant) -> Finding {
        let days = (expiresAt - now).components.seconds / 86_400
        if expiresAt <= now {
            return .fault("\(what) expired at \(expiresAt.iso8601).", fix: "Renew it, and see why that did not happen.")
        }
        let text = "\(what) is good until \(expiresAt.iso8601), \(days) days."
        return expiresAt - now < TLSCertificate.noticePeriod
            ? .warn(text, fix: "Renew it, and see why that did not happen by itself.") : .ok(text)
    }
}
