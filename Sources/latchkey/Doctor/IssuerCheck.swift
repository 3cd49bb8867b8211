import JOSE

/// The issuer's name leads to this deployment.
struct IssuerCheck: Check {
    let name = "issuer"

    func examine(_ deployment: Deployment) async -> [Finding] {
        let issuer = deployment.issuer
        let addresses: [String]
        switch await Resolver.addresses(of: issuer.host) {
        case .success(let found): addresses = found
        case .failure(let failure):
            return [
                .fault(
                    "\(issuer.host) has no address: \(failure.reason).",
                    fix: "Give the name an A or AAAA record, or correct the setting issuer.")
            ]
        }
        if let mismatch = port(deployment) { return [mismatch] }
        let place = "\(issuer) (\(addresses.joined(separator: ", ")))"
        do {
            let answer = try await deployment.server.look("/.well-known/oauth-authorization-server")
            return [judge(answer.status, answer.bytes, issuer: issuer, place: place)]
        } catch {
            let failure = CommandFailure(error)
            let isAboutCertificate = failure?.code.hasPrefix("certificate_") == true
            return [
                .fault(
                    failure?.message ?? "\(error)",
                    fix: isAboutCertificate
                        ? "See the finding about TLS."
                        : "Is the server running, and is what stands before it set up? It should answer at \(place).")
            ]
        }
    }

    /// On this machine and in the clear nothing stands between: the two numbers are one.
    private func port(_ deployment: Deployment) -> Finding? {
        let (issuer, port) = (deployment.issuer, deployment.configuration.port)
        guard issuer.isLoopback, !issuer.isSecure, port != 0, issuer.port != port else { return nil }
        return .fault(
            "The issuer says port \(issuer.port), and the server listens on \(port).",
            fix: "Set issuer to http://\(issuer.host):\(port), or port to \(issuer.port).")
    }

    private func judge(_ status: Int, _ body: [UInt8], issuer: Issuer, place: String) -> Finding {
        let named = (try? JSONValue.parse(body))?.object?["issuer"]?.string
        guard status == 200, let named else {
            return .fault(
                "\(place) is answered by something else (HTTP status \(status)).",
                fix: "Let the proxy pass every path on to this server, and check the name's address.")
        }
        guard named == issuer.description else {
            return .fault(
                "\(place) is answered by a server that calls itself \(named).",
                fix: "Set issuer to the same on all nodes, and check the name's address.")
        }
        return .ok("\(place) answers, and calls itself so.")
    }
}
