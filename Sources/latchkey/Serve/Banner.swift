import JOSE
import LatchkeyVerifier
import Logging

/// What a start tells: where the server is, and what to type next.
struct Banner {
    let issuer: String
    /// There while the server has no user.
    let setupToken: String?
    let isDevelopment: Bool
    /// Where the rows live, without a password.
    let location: String
    let keysDirectory: String

    func print() {
        Terminal.standard.line(text(program: CommandLine.arguments.first ?? "latchkey"))
    }

    /// The same for a machine that collects logs. The setup link is told on standard output, never by the logger.
    func log(to logger: Logger) {
        logger.info(
            "Latchkey is ready",
            metadata: [
                "version": "\(Latchkey.version)", "issuer": "\(issuer)", "location": "\(location)",
                "keys": "\(keysDirectory)", "dev": "\(isDevelopment)",
            ])
        guard let setupLink else { return }
        Terminal.standard.json([
            "time": .string(Instant.now.iso8601), "level": .string(Logger.Level.info.rawValue),
            "message": .string(Self.invitation), "setup_link": .string(setupLink),
        ])
    }

    private static let invitation =
        "Nobody is the owner of this server yet. Open this link within 30 minutes to become it; it works once:"

    private var setupLink: String? { setupToken.map { "\(issuer)/setup#token=\($0)" } }

    func text(program: String) -> String {
        let mode = isDevelopment ? ", development mode" : ""
        var lines = ["", "Latchkey \(Latchkey.version)\(mode)", "", "  Issuer   \(issuer)"]
        if isDevelopment { lines.append("  Mailbox  \(issuer)/dev/mailbox") }
        lines += ["  Data     \(location)", "  Keys     \(keysDirectory)", ""]
        if let setupLink { lines += [Self.invitation, "", "  \(setupLink)", ""] }
        if isDevelopment {
            let isDefault = issuer == "http://localhost:8080"
            lines += [
                "Next, in another terminal:", "", "  \(program) login" + (isDefault ? "" : " --issuer \(issuer)"), "",
            ]
        }
        return lines.joined(separator: "\n")
    }
}
