import ArgumentParser

/// `latchkey tokens`
struct Tokens: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make, list, rotate and revoke the API tokens of your organization.",
        discussion: """
            API tokens are for programs. They belong to the organization of your login, and stay when you leave it. \
            Making and rotating one takes a second factor, which is asked for on the way.

              latchkey tokens create CI --access read-only --expires-in 90d
              latchkey tokens create Importer --scope contacts:read --scope contacts:write --resource projects=prj_1
              latchkey tokens list
              latchkey tokens rotate tok_… --overlap 1h      both secrets work for an hour
              latchkey tokens revoke tok_…

            Each of these commands takes --json. For the access token of your own login: latchkey token
            """,
        subcommands: [
            TokensCreate.self, TokensList.self, TokensShow.self, TokensRename.self, TokensRotate.self,
            TokensRevoke.self, TokensUsage.self,
        ])
}
