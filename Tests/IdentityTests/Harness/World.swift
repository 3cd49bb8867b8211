import Database
import Identity
import JOSE
import Logging
import Synchronization

/// One identity provider over a database of its own, open to everyone, and what it wrote to people.
struct World: Sendable {
    static let issuer = "https://id.example.com"

    let engine: Engine
    let place: Place
    let database: Database
    let provider: IdentityProvider
    let plans: PlanCatalog
    let letters = Letters()
    let invitations = InvitationLetters()
    let tokenLetters = APITokenLetters()
    let notices = FactorNoticeLetters()

    init(
        _ engine: Engine, in place: Place? = nil, master: MasterKey = .first, former: MasterKey? = nil,
        signUp: SignUpPolicy = .open, plans: PlanCatalog = .standard, random: RandomSource = .system,
        at now: Instant = .start
    ) async throws {
        let place = try place ?? Place()
        let database = try await engine.open(place)
        let (letters, invitations) = (letters, invitations)
        let (tokenLetters, notices) = (tokenLetters, notices)
        var given = IdentityProvider.Surroundings(
            issuer: Self.issuer, database: database, keys: PurposeKeys(master: master, former: former),
            random: random, logger: .quiet, signUp: signUp,
            composeMagicLink: { letter in
                letters.append(letter)
                return MailMessage(
                    recipient: letter.recipient, subject: "Sign in", text: "\(letter.link)\n\(letter.code)\n",
                    html: "<a href=\"\(letter.link)\">Sign in</a>")
            },
            composeInvitation: { letter in
                invitations.append(letter)
                return MailMessage(
                    recipient: letter.recipient, subject: "Invitation", text: "\(letter.link)\n",
                    html: "<a href=\"\(letter.link)\">Join</a>")
            },
            composeAPITokenLetter: { letter in
                tokenLetters.append(letter)
                // What was made in one millisecond has no order.
                let labels = letter.tokens.map(\.label).sorted().joined(separator: " ")
                return MailMessage(
                    recipient: letter.recipient, subject: letter.occasion.name, text: labels, html: labels)
            },
            composeFactorNotice: { notice in
                notices.append(notice)
                return MailMessage(
                    recipient: notice.recipient, subject: "A change", text: "\(notice.link)\n",
                    html: "<a href=\"\(notice.link)\">Your account</a>")
            })
        given.plans = plans
        provider = try await IdentityProvider.open(given, at: now)
        if try await provider.clients.find(Client.commandLine) == nil {
            try await Bootstrap(provider).registerCommandLine(at: now)
            try await provider.resourceServers.declare(.example, at: now)
        }
        (self.engine, self.place, self.database, self.plans) = (engine, place, database, plans)
    }

    /// Another node over the same rows, which shares nothing else with this one.
    func beside() async throws -> World {
        try await World(engine, in: place, plans: plans)
    }

    /// The same database, opened by another process: nothing in memory is left.
    func restarted(
        master: MasterKey = .first, former: MasterKey? = nil, signUp: SignUpPolicy = .open, at now: Instant = .start
    ) async throws -> World {
        try await database.close()
        return try await World(engine, in: place, master: master, former: former, signUp: signUp, at: now)
    }
}

/// The letters that were written, in order.
final class Letters: Sendable {
    private let letters = Mutex<[MagicLinkLetter]>([])

    func append(_ letter: MagicLinkLetter) {
        letters.withLock { $0.append(letter) }
    }

    var all: [MagicLinkLetter] { letters.withLock { $0 } }
}

extension MagicLinkLetter {
    /// The token in the fragment of the link.
    var token: String {
        link.split(separator: "#token=", maxSplits: 1).last.map(String.init) ?? ""
    }

    /// A code of six digits that is not the right one.
    func wrongCode(_ attempt: Int = 0) -> String {
        String((0...9).map { "00000\($0)" }.filter { $0 != code }[attempt % 9])
    }
}

extension MasterKey {
    static let first = example(1)
    static let second = example(2)

    private static func example(_ byte: UInt8) -> MasterKey {
        guard let key = MasterKey(Secret([UInt8](repeating: byte, count: byteCount))) else {
            fatalError("a master key has \(byteCount) bytes")
        }
        return key
    }
}

extension Instant {
    /// When everything begins.
    static let start = Instant(seconds: 1_800_000_000)
}

extension RequestOrigin {
    static let desk = RequestOrigin(address: "192.0.2.7", agent: "Browser/1", requestID: "req_desk")
    static let device = RequestOrigin(address: "198.51.100.9", agent: "latchkey/1 (box)", requestID: "req_device")
}

extension Result {
    /// Why not; nil when it is a success.
    var refusal: Failure? {
        if case .failure(let refusal) = self { refusal } else { nil }
    }
}
