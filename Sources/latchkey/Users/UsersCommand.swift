import ArgumentParser

/// `latchkey users`
struct UsersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users",
        abstract: "For whoever runs the server: let someone in who has lost every second factor.",
        discussion: """
            Works on the data itself, with the same settings as serve, beside running servers or without any.

              latchkey users reset-factors ada@example.com

            It takes --json.
            """,
        subcommands: [UsersResetFactors.self])
}
