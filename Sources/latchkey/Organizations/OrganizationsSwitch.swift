import ArgumentParser
import JOSE
import LatchkeyVerifier

/// `latchkey organizations switch`
struct OrganizationsSwitch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switch", abstract: "Have your login work in another of your organizations.",
        discussion: """
            Commands and latchkey token are about that organization from then on. Tokens that were printed before stay \
            with the former one until they expire. It makes your login live no longer.

              latchkey organizations switch analytical-engines
            """)

    @Argument(help: "Its slug or id.")
    var organization: String

    @OptionGroup var options: OrganizationOptions

    func run() async throws {
        try await options.withServer { calls in
            let (file, issuer) = (calls.source.file, calls.issuer)
            let before = try await calls.source.credential().tokens
            let body = try await calls.call(
                .post, "/api/v1/auth/switch", ["organization": .string(organization)],
                lists: "latchkey organizations list")
            guard let issued = IssuedTokens(body) else {
                throw CommandFailure.notLatchkey(issuer, "tokens that cannot be read")
            }
            let person = try await calls.source.server.person(bearer: issued.accessToken)
            try await store(issued, person.refusal == nil ? Person(person.body) : nil, file, issuer)
            // The login from before is at rest now: ended, so that going to and fro leaves no pile of them.
            _ = try? await calls.source.server.call(
                .post, "/api/v1/auth/revoke", [:], bearer: before.accessToken)
            try report(OrganizationReport(json: person.body["organization"]?.object ?? JSONObject()))
        }
    }

    private func store(
        _ issued: IssuedTokens, _ person: Person?, _ file: CredentialsFile, _ issuer: Issuer
    ) async throws {
        try await file.locked { held in
            var credentials = try held.read()
            var credential = credentials[issuer] ?? Credential(issued, at: .now)
            credential.tokens = Credential.Tokens(issued, at: .now)
            if let person { credential.account = person.account }
            credentials[issuer] = credential
            try held.write(credentials)
        }
    }

    private func report(_ organization: OrganizationReport) throws {
        if options.output.json { return Terminal.standard.json(["organization": .object(organization.json)]) }
        Terminal.standard.line(
            "Your login works in \(organization.name) (\(organization.slug)) now, as \(organization.text("role")).")
    }
}
