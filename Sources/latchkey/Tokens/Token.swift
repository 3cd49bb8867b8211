import ArgumentParser
import JOSE
import LatchkeyVerifier

/// `latchkey token`
struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print an access token that is still valid, refreshing it when it must.",
        discussion: """
            The token is good for a minute at least. Scripts may ask as often and as many at once as they like.

              curl -H "Authorization: Bearer $(latchkey token)" https://api.example.com/jobs
              latchkey token --json | jq -r .expires_at
            """)

    @OptionGroup var target: IssuerOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let file = try CredentialsFile.standard()
        let (tokens, issuer) = try await target.connected(file.read()) { server in
            (try await AccessTokenSource(file: file, server: server).credential().tokens, server.issuer)
        }
        guard output.json else { return Terminal.standard.line(tokens.accessToken) }
        Terminal.standard.json(
            [
                "access_token": .string(tokens.accessToken), "token_type": .string("Bearer"),
                "expires_in": .integer(Instant.now.duration(to: tokens.expiresAt).components.seconds),
                "expires_at": .string(tokens.expiresAt.iso8601), "scope": .string(tokens.scope),
                "issuer": .string(issuer.description),
            ])
    }
}
