// The executable: command line, configuration, composition. It is the only module that knows every other, and it
// decides nothing about identity: `serve` puts the server together (Serve/), the operator's commands (Audit/, Backup/)
// open its database, and the other commands are a client of the documented interface like any other and know nothing of
// the server's insides.

import ArgumentParser

/// `latchkey`: the root of the command line.
struct Latchkey: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "latchkey",
        abstract: "An identity provider for your API, your command line and your dashboard, in one binary.",
        discussion: """
            Try it on this machine, in two terminals:

              latchkey serve --dev
              latchkey login

            Then use the login in scripts and check tokens as an API would:

              curl -H "Authorization: Bearer $(latchkey token)" https://api.example.com
              latchkey verify "$(latchkey token)" --audience http://localhost:8080

            Commands that talk to a server find it by --issuer, else LATCHKEY_ISSUER, else where you logged in last, \
            else http://localhost:8080.

            A server with a certificate by an authority of your own: --authorities FILE, else LATCHKEY_AUTHORITIES, else \
            what you logged in with.

            Exit codes: 0 done, 1 refused, 2 used wrongly, 3 server out of reach.
            Completion for your shell: latchkey --generate-completion-script bash (or zsh, or fish).
            """,
        version: version,
        subcommands: [
            Serve.self, Doctor.self,
            Login.self, Token.self, Whoami.self, Logout.self, Verify.self,
            Organizations.self, Members.self, Tokens.self, Scopes.self, ResourceServersCommand.self,
            WebhooksCommand.self, Keys.self, UsersCommand.self, Audit.self, Backup.self, Restore.self,
        ])
}
