import ArgumentParser
import Identity
import IdentityHTTP
import JOSE
import LatchkeyVerifier

/// `latchkey users reset-factors`
struct UsersResetFactors: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-factors",
        abstract: "Take passkeys, authenticator app and recovery codes from someone who has lost them all.",
        discussion: """
            Make sure first, by another way than mail, that it is them: from then on who reads their mail can be them, \
            until they have set up a new passkey or app. They are signed out everywhere, for a lost phone is signed in \
            as a rule, and are told by mail. The audit tells it too.

              latchkey users reset-factors ada@example.com --issuer https://id.example.com

            Works on the data itself, with the same settings as serve, beside running servers or without any.
            """)

    @Argument(help: ArgumentHelp("Their mail address.", valueName: "address"))
    var address: String

    @Flag(help: "Do not ask before anything is taken away.")
    var yes = false

    @Option(
        help: ArgumentHelp(
            "What serve calls itself; the mail to them names it. Default: the issuer in the settings.",
            valueName: "url"))
    var issuer: String?

    @OptionGroup var place: KeyDataOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard let address = EmailAddress(address) else {
            throw CommandFailure(
                .usedWrongly, code: "invalid_address", "\(address) is no mail address.",
                next: "Example: latchkey users reset-factors ada@example.com")
        }
        let losses = try await place.target.withData(keys: place.keys, issuer: issuer) { data in
            let reset = try await FactorReset(data)
            let losses = try await data.persistently { try await reset.losses(of: address, at: .now) }
                .mapError { CommandFailure($0, address) }.get()
            let report = FactorResetReport(losses)
            try Confirmation(isGiven: yes, asJSON: output.json).ask(
                report.question(mailLeaves: data.configuration.mailLeaves),
                command: "latchkey users reset-factors \(address) --yes")
            return try await data.persistently {
                try await reset.reset(losses.user.id, at: .now, from: .command(.users))
            }.mapError { CommandFailure($0, address) }.get()
        }
        FactorResetReport(losses).print(asJSON: output.json)
    }
}

extension FactorReset {
    /// Over opened data, with their own master key: a mail that was sealed with another could never be sent.
    fileprivate init(_ data: KeyData) async throws {
        let configuration = data.configuration
        guard let issuer = configuration.configuredIssuer?.description else {
            throw CommandFailure(
                .usedWrongly, code: "issuer_needed",
                "Nobody says what this server is called, and the mail to its user has to.",
                next: "Say what serve is told: --issuer https://id.example.com")
        }
        let letter = try Mail<FactorNotice>(issuer: issuer, templates: try configuration.mailTemplates())
        let keys = try configuration.purposeKeys(isNeeded: true)
        try await SigningKeys(database: data.database, keys: keys).requireReadable()
        self.init(database: data.database, keys: keys, issuer: issuer, compose: letter.compose)
    }
}

extension ServerConfiguration {
    /// Whether someone can be let in by mail.
    fileprivate var mailLeaves: Bool { mail != nil || isDevelopment }
}

extension CommandFailure {
    fileprivate init(_ refusal: FactorResetRefusal, _ address: EmailAddress) {
        switch refusal {
        case .unknown:
            self.init(
                .refused, code: "not_found", "Nobody has the address \(address) in these data.",
                next: "Is it the right --data or --database, and the address that they sign in with?")
        case .nothingToRemove:
            self.init(
                .refused, code: "nothing_to_remove",
                "\(address) has no passkey, authenticator app or recovery code. Nothing was changed.",
                next: "Signed in by mail they can set up a new one: it is not asked for before there is one.")
        }
    }
}
