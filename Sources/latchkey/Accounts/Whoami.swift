import ArgumentParser
import JOSE

/// `latchkey whoami`
struct Whoami: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say who is logged in, for which organization, with which scopes and until when.",
        discussion: """
            Asks the server, so that what it prints is so now.

              latchkey whoami
              latchkey whoami --json | jq -r .organization.slug
            """)

    @OptionGroup var target: IssuerOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let file = try CredentialsFile.standard()
        let known = try file.read()
        let issuer = try target.resolve(known)
        let (answer, tokens) = try await target.connected(known) { server in
            try await AccessTokenSource(file: file, server: server).calling { try await server.person(bearer: $0) }
        }
        if let refusal = answer.refusal { throw CommandFailure(refusal) }
        guard let person = Person(answer.body) else { throw CommandFailure.notLatchkey(issuer, "an unknown profile") }
        report(person, tokens, issuer)
    }

    private func report(_ person: Person, _ tokens: Credential.Tokens, _ issuer: Issuer) {
        let terminal = Terminal.standard
        if output.json {
            var json = person.json
            json["issuer"] = .string(issuer.description)
            json["access_token_expires_at"] = .string(tokens.expiresAt.iso8601)
            return terminal.json(json)
        }
        terminal.line(person.name.isEmpty ? person.email : "\(person.name) <\(person.email)>")
        terminal.table(person.description + [("issuer", issuer.description)])
    }
}
