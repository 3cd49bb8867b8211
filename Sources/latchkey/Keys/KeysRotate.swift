import ArgumentParser
import Identity
import JOSE
import LatchkeyVerifier

/// `latchkey keys rotate`
struct KeysRotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Have a new key sign from now on, or from soon on.",
        discussion: """
            Without flags nobody notices: a new key is published, and signs as soon as every verifier can know it. The \
            old one stays published until its last token has expired.

              latchkey keys rotate --now                  at once; verifiers that have not fetched the new key yet
                                                          refuse new tokens until they do, most of them at once
              latchkey keys rotate --now --compromised    somebody else may have the key: it is taken away, and every
                                                          access token it signed dies. Refresh tokens stay good, so
                                                          devices get a new access token at their next refresh
            """)

    @Flag(help: "Sign with the new key at once, whether verifiers know it or not.")
    var now = false

    @Flag(help: "Take the old key away, with every token it signed. Needs --now.")
    var compromised = false

    @Flag(help: "Do not ask before tokens die.")
    var yes = false

    @OptionGroup var place: KeyDataOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if compromised && !now {
            throw ValidationError("A compromised key cannot wait. Say: latchkey keys rotate --now --compromised")
        }
    }

    func run() async throws {
        try await place.withData { data in
            let signingKeys = try data.signingKeys()
            if compromised { return try await replace(data, signingKeys) }
            let outcome = try await data.persistently {
                try await signingKeys.rotate(now ? .now : .whenKnown, at: .now, from: .command(.keys))
            }
            let done = try outcome.mapError { CommandFailure($0) }.get()
            KeyReport(done, impact: nil, asJSON: output.json).print()
        }
    }

    private func replace(_ data: KeyData, _ signingKeys: SigningKeys) async throws {
        guard let active = try await data.all().active else { throw CommandFailure(SigningKeyRefusal.none) }
        let impact = try await signingKeys.impact(of: active, at: .now)
        try Confirmation(isGiven: yes, asJSON: output.json).ask(
            "\(impact.sentence(of: active.keyID)) Refresh tokens stay good: devices get a new access token at their next "
                + "refresh.",
            command: "latchkey keys rotate --now --compromised --yes")
        let outcome = try await data.persistently {
            try await signingKeys.rotate(.compromised(active.keyID), at: .now, from: .command(.keys))
        }
        let done = try outcome.mapError { CommandFailure($0) }.get()
        KeyReport(done, impact: impact, asJSON: output.json).print()
    }
}
