/// One setting of `latchkey serve`. The table below is the only place that names a setting: the configuration file,
/// the environment, the flags and `docs/configuration.md` all follow it, and a test compares the document with it.
struct Setting: Sendable {
    /// What a configuration file must hold for it. On the command line and in the environment everything is text.
    enum Kind: String, Sendable {
        case text
        case number
        case truth = "true or false"
        /// Elsewhere than in a file: the same JSON as text.
        case list
    }

    let name: String
    let kind: Kind
    /// What it may hold, in words that fit "… must be <values>".
    let values: String
    /// What it is when nobody says, as the document prints it.
    let fallback: String
    let flag: String?
    /// Secrets come from the environment alone: files get copied and flags are seen by every process.
    var isSecret = false
    /// Whether a value may have a secret in it, and so is never shown.
    var mayHoldSecret = false
    let explanation: String

    var environmentName: String { "LATCHKEY_" + name.uppercased() }

    static let all: [Setting] = [
        dev, hostname, port, issuer, data, database, keys, logLevel, logFormat, rateLimits, signUp, terminalStepUp,
        tlsCertificate, tlsKey, trustedProxies, smtpURL, smtpPassword, smtpCAFile, mailFrom, mailTemplates,
        signingKeyLifetime, masterKey, formerMasterKey, metricsToken, drainDelay, resourceServers, plans,
    ]

    static func named(_ name: String) -> Setting? { all.first { $0.name == name } }
}

extension Setting {
    static let dev = Setting(
        name: "dev", kind: .truth, values: "`true` or `false`", fallback: "false", flag: "--dev",
        explanation: "For trying and developing, on this machine alone: open sign-up, mail shown at `/dev/mailbox`, "
            + "a `Demo` organization. Refuses any hostname or issuer but `localhost`, `127.0.0.1` and `::1`.")

    static let hostname = Setting(
        name: "hostname", kind: .text, values: "a host name or an address", fallback: "127.0.0.1", flag: "--hostname",
        explanation: "Where the server listens. `0.0.0.0` listens on every IPv4 address, `::` on every address.")

    static let port = Setting(
        name: "port", kind: .number, values: "a number from 0 to 65535", fallback: "8080", flag: "--port",
        explanation: "The TCP port. `0` takes any that is free and prints it.")

    static let issuer = Setting(
        name: "issuer", kind: .text,
        values: "an `https` URL, or `http` on `localhost`, `127.0.0.1` or `[::1]`; "
            + "without a trailing slash, query or fragment",
        fallback: "http://localhost:<port>", flag: "--issuer",
        explanation: "The name of this identity provider: every link and every token's `iss` begins with it.")

    static let data = Setting(
        name: "data", kind: .text, values: "a directory", fallback: "./data", flag: "--data",
        explanation: "Holds the database. Made when it is missing.")

    static let database = Setting(
        name: "database", kind: .text, values: "a `postgres://` URL", fallback: "SQLite in the data directory",
        flag: "--database",
        mayHoldSecret: true,
        explanation:
            "A PostgreSQL database instead of a file, shared by any number of equal nodes. libpq reads it: what "
            + "it leaves out comes from `PGPASSWORD`, `~/.pgpass` and the like.")

    static let keys = Setting(
        name: "keys", kind: .text, values: "a directory", fallback: "./keys", flag: "--keys",
        explanation: "Holds the master key. Back it up apart from the data: neither is of use without the other.")

    static let logLevel = Setting(
        name: "log_level", kind: .text,
        values: "`trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`", fallback: "info",
        flag: "--log-level", explanation: "The least serious entry that is still written.")

    static let logFormat = Setting(
        name: "log_format", kind: .text, values: "`text` or `json`", fallback: "text", flag: "--log-format",
        explanation: "`json` writes one object a line, for a log collector.")

    static let rateLimits = Setting(
        name: "rate_limits", kind: .text, values: "`on` or `off`", fallback: "on", flag: nil,
        explanation: "`off` is for load tests and needs `dev`.")

    static let signUp = Setting(
        name: "sign_up", kind: .text, values: "`open` or `closed`", fallback: "closed, open with dev",
        flag: "--sign-up",
        explanation: "Whether someone nobody invited may make an account by proving an email address.")

    static let terminalStepUp = Setting(
        name: "terminal_step_up", kind: .text, values: "`never` or `always`", fallback: "never", flag: nil,
        explanation:
            "Whether letting a terminal in (`latchkey login`) takes a passkey or a code of an authenticator app "
            + "of the last five minutes, shown in the browser that approves.")
}
