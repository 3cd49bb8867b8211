import ArgumentParser

/// `latchkey keys`
struct Keys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, rotate and retire the keys that sign access tokens.",
        discussion: """
            Works on the data itself, with the same settings as serve, beside running servers or without any. Servers \
            notice a change within five seconds.

              latchkey keys list
              latchkey keys rotate                        a new key, once every verifier can know it
              latchkey keys rotate --now --compromised    a new key at once; every token of the old one dies
              latchkey keys retire KID

            Keys are also rotated by the servers themselves, every 90 days unless signing_key_lifetime says otherwise.
            Each of these commands takes --json.
            """,
        subcommands: [KeysList.self, KeysRotate.self, KeysRetire.self])
}
