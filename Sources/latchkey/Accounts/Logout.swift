import ArgumentParser
import JOSE

/// `latchkey logout`
struct Logout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End this device's login, or all of yours.",
        discussion: """
            The server ends the login at once and this machine forgets it.

              latchkey logout                 this device
              latchkey logout --everywhere    every device, browser and app of yours
              latchkey logout --local         forget it here; the server is not asked and the login lives on there
            """)

    @Flag(help: "End every login of yours, on all devices.")
    var everywhere = false

    @Flag(help: "Only forget the login on this machine, without asking the server.")
    var local = false

    @OptionGroup var target: IssuerOption
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if everywhere && local {
            throw ValidationError("--everywhere needs the server and --local goes without it. Give one of them.")
        }
    }

    func run() async throws {
        let file = try CredentialsFile.standard()
        let known = try file.read()
        let issuer = try target.resolve(known)
        guard known[issuer] != nil else { throw CommandFailure.notLoggedIn(issuer) }
        let outcome: Outcome = local ? .forgotten : try await end(known, file)
        try await file.locked { held in
            var credentials = try held.read()
            credentials[issuer] = nil
            try held.write(credentials)
        }
        try report(outcome, issuer)
    }

    /// What became of the login at the server.
    enum Outcome: String {
        case ended
        case alreadyEnded = "already_ended"
        case forgotten
    }

    private func end(_ known: Credentials, _ file: CredentialsFile) async throws -> Outcome {
        do {
            let (answer, _) = try await target.connected(known) { server in
                try await AccessTokenSource(file: file, server: server).calling { token in
                    try await server.call(
                        .post, "/api/v1/auth/revoke", everywhere ? ["everywhere": .bool(true)] : [:],
                        bearer: token)
                }
            }
            guard let refusal = answer.refusal else { return .ended }
            guard refusal.status == 401 else { throw CommandFailure(refusal) }
            return .alreadyEnded
        } catch let failure as CommandFailure where failure.code == "login_ended" {
            return .alreadyEnded
        } catch let failure as CommandFailure where failure.status == .outOfReach {
            let isAboutCertificate = failure.code.hasPrefix("certificate_")
            throw CommandFailure(
                .outOfReach, code: failure.code, "\(failure.message) You are still logged in.",
                next: (isAboutCertificate ? failure.next.map { $0 + ". " } ?? "" : "Try again when it answers. ")
                    + "To forget the login on this machine alone: latchkey logout --local")
        }
    }

    private func report(_ outcome: Outcome, _ issuer: Issuer) throws {
        if everywhere && outcome == .alreadyEnded {
            throw CommandFailure(
                .refused, code: "login_ended",
                "The login of this device had ended already, so it could not end the others. It is forgotten here.",
                next: "Log in and try again: latchkey login --issuer \(issuer) && latchkey logout --everywhere")
        }
        guard !output.json else {
            return Terminal.standard.json(
                [
                    "issuer": .string(issuer.description), "status": .string(outcome.rawValue),
                    "everywhere": .bool(everywhere),
                ])
        }
        switch outcome {
        case .ended where everywhere: Terminal.standard.line("Logged out of \(issuer), on this device and all others.")
        case .ended: Terminal.standard.line("Logged out of \(issuer).")
        case .alreadyEnded: Terminal.standard.line("Logged out of \(issuer). The server had ended this login already.")
        case .forgotten:
            Terminal.standard.line("Forgotten on this machine. At \(issuer) the login lives on until it expires.")
        }
    }
}
