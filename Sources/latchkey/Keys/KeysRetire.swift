import ArgumentParser
import Identity
import JOSE
import LatchkeyVerifier

/// `latchkey keys retire KID`
struct KeysRetire: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire", abstract: "Take a key away that does not sign.",
        discussion: """
            A pending key is withdrawn before it ever signs. The key that signs is retired by rotating. A retired key \
            goes by itself once its last token has expired; with --compromised it goes at once, and its tokens die.

            KID is the whole name or its beginning, six characters at least. One that begins with a dash comes after \
            two of them: latchkey keys retire -- -Xk3…
            """)

    @Argument(help: ArgumentHelp("The name of the key, as latchkey keys list shows it.", valueName: "kid"))
    var kid: String

    @Flag(help: "Somebody else may have it: its tokens die at once.")
    var compromised = false

    @Flag(help: "Do not ask before tokens die.")
    var yes = false

    @OptionGroup var place: KeyDataOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await place.withData { data in
            let signingKeys = try data.signingKeys()
            let key = try await data.all().find(kid).mapError { CommandFailure($0, typed: kid) }.get()
            var impact: SigningKeyImpact?
            if compromised, key.state == .retired {
                let touched = try await signingKeys.impact(of: key, at: .now)
                try Confirmation(isGiven: yes, asJSON: output.json).ask(
                    touched.sentence(of: key.keyID),
                    command: "latchkey keys retire --compromised --yes \(key.keyID.asArgument)")
                impact = touched
            }
            let outcome = try await data.persistently {
                try await signingKeys.remove(key.keyID, isCompromised: compromised, at: .now, from: .command(.keys))
            }
            let done = try outcome.mapError { CommandFailure($0, typed: kid) }.get()
            KeyReport(done, impact: impact, asJSON: output.json).print()
        }
    }
}
