import JOSE
import LatchkeyVerifier

@testable import latchkey

extension BuiltBinary {
    /// A run with a login at a server that answers as a script says.
    ///
    /// - Parameter accessToken: that of the login, when it matters.
    func run(
        _ arguments: [String], accessToken: String = "access-1",
        _ script: @escaping @Sendable (ScriptedServer.Call, Int) async -> ScriptedServer.Answer
    ) async throws -> (outcome: Outcome, calls: [ScriptedServer.Call]) {
        try await ScriptedServer.run(script) { server in
            try await CredentialsFile(directory: home.path + "/latchkey").locked { held in
                // This login alone: of two that were made within a second either may count as the latest.
                var credentials = Credentials()
                let tokens = IssuedTokens(
                    accessToken: accessToken, refreshToken: "refresh-1", expiresIn: .seconds(14_400), scope: "profile")
                credentials[server.issuer] = Credential(tokens, at: .now)
                try held.write(credentials)
            }
            return (try await start(arguments).outcome(), server.calls)
        }
    }

    /// The same, at a server that answers everything with the same.
    func run(
        _ arguments: [String], _ answer: ScriptedServer.Answer
    ) async throws -> (outcome: Outcome, calls: [ScriptedServer.Call]) {
        try await run(arguments) { _, _ in answer }
    }
}
