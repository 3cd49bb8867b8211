import Database
import Identity
import JOSE
import Logging

/// Everything `latchkey serve` can be told, checked as a whole: a value of this type has no unknown, unreadable or
/// contradictory setting in it. `docs/configuration.md` is its reference.
struct ServerConfiguration: Sendable {
    enum LogFormat: String, Sendable { case text, json }
    enum SignUp: String, Sendable { case open, closed }

    let isDevelopment: Bool
    let hostname: String
    /// 0 asks for any free port.
    let port: Int
    /// Nil when nobody named it: then it follows the port, see `issuer(listeningOn:)`.
    let configuredIssuer: Issuer?
    let dataDirectory: String
    /// Nil: SQLite in the data directory.
    let databaseURL: String?
    let keysDirectory: String
    let logLevel: Logger.Level
    let logFormat: LogFormat
    let limitsRates: Bool
    let signUp: SignUp
    /// Of the built-in client.
    let terminalStepUp: Client.StepUpPolicy
    let signingKeySchedule: SigningKeySchedule
    /// 32 bytes, when given by the environment instead of the key file.
    let masterKey: Secret?
    /// TLS, and the proxies that are believed.
    let edge: EdgeConfiguration
    /// The same of the one before it, while the master key is being changed.
    let formerMasterKey: Secret?
    /// Nil when no mail leaves.
    let mail: MailConfiguration?
    /// Nil for the built-in ones.
    let mailTemplatesDirectory: String?
    let operation: OperationConfiguration
    /// Nil when the setting is not there: then what the database knows stays as it is.
    let resourceServers: [ResourceServer]?

    /// Reads all layers: defaults, then `latchkey.json` or `--config FILE`, then the environment, then flags.
    /// - Throws: `ConfigurationRefusal` for the first setting that cannot be used.
    init(flags: [String: String], environment: [String: String], file: String? = nil, directory: String) async throws {
        let layers = try await ConfigurationLayers(
            flags: flags, environment: environment, file: file, directory: directory)
        let isDevelopment = try layers.value(.dev, Self.truth) ?? false
        self.isDevelopment = isDevelopment
        hostname = try layers.value(.hostname, Self.nonEmpty) ?? "127.0.0.1"
        port = try layers.value(.port) { UInt16($0).map(Int.init) } ?? 8080
        configuredIssuer = try layers.value(.issuer) { Issuer($0) }
        let configuredData = try layers.value(.data, Self.nonEmpty)
        dataDirectory = configuredData ?? "./data"
        databaseURL = try layers.value(.database, Self.postgreSQL)
        if configuredData != nil, databaseURL != nil {
            throw ConfigurationRefusal.contradiction(
                "\(layers.told(.data)) and \(layers.told(.database))",
                because: "the rows live in a file or in PostgreSQL, not in both.")
        }
        keysDirectory = try layers.value(.keys, Self.nonEmpty) ?? "./keys"
        logLevel = try layers.value(.logLevel) { Logger.Level(rawValue: $0) } ?? .info
        logFormat = try layers.value(.logFormat) { LogFormat(rawValue: $0) } ?? .text
        limitsRates = try layers.value(.rateLimits) { ["on": true, "off": false][$0] } ?? true
        signUp = try layers.value(.signUp) { SignUp(rawValue: $0) } ?? (isDevelopment ? .open : .closed)
        terminalStepUp = try layers.value(.terminalStepUp) { Client.StepUpPolicy(rawValue: $0) } ?? .never
        signingKeySchedule = try layers.value(.signingKeyLifetime, Self.schedule) ?? .standard
        masterKey = try layers.value(.masterKey, Self.key)
        edge = try EdgeConfiguration(layers)
        formerMasterKey = try layers.value(.formerMasterKey, Self.key)
        mail = try MailConfiguration(layers)
        mailTemplatesDirectory = try layers.value(.mailTemplates, Self.nonEmpty)
        operation = try OperationConfiguration(layers)
        resourceServers = try layers.text(of: .resourceServers).map { text, origin in
            try DeclaredResourceServers.parse(text, origin: origin)
        }
        try edge.check(configuredIssuer, layers)
        try refuseContradictions(layers)
    }

    /// The issuer, once the port is known (it may have been asked for as 0).
    func issuer(listeningOn port: Int) -> Issuer? {
        configuredIssuer ?? Issuer.local(port: port, isSecure: edge.tls != nil)
    }

    private func refuseContradictions(_ layers: ConfigurationLayers) throws(ConfigurationRefusal) {
        if isDevelopment && !Issuer.Loopback.contains(hostname) {
            throw .contradiction(
                "\(layers.told(.dev)) and \(layers.told(.hostname, hostname))",
                because: "dev shows everyone's mail, so it listens on localhost, 127.0.0.1 or ::1 only.")
        }
        if isDevelopment, let issuer = configuredIssuer, !issuer.isLoopback {
            throw .contradiction(
                "\(layers.told(.dev)) and \(layers.told(.issuer, issuer.description))",
                because: "dev shows everyone's mail, so its issuer is on localhost, 127.0.0.1 or [::1] only.")
        }
        if isDevelopment && mail != nil {
            throw .contradiction(
                "\(layers.told(.dev)) and \(layers.told(.smtpURL))",
                because: "dev keeps all mail to show it at /dev/mailbox.")
        }
        if let issuer = configuredIssuer?.description,
            resourceServers?.contains(where: { $0.identifier == issuer }) == true
        {
            throw .contradiction(
                "\(layers.told(.issuer)) and \(layers.told(.resourceServers))",
                because: "\(issuer) is the audience of this server itself, and cannot be another API's.")
        }
        if signingKeySchedule.lifetime < SigningKeySchedule.shortestInService && !isDevelopment {
            throw .contradiction(
                "\(layers.told(.signingKeyLifetime)) below 1h and \(layers.told(.dev, "false"))",
                because: "verifiers keep keys for minutes, so less than an hour is for trying it out with dev.")
        }
        if !limitsRates && !isDevelopment {
            throw .contradiction(
                "\(layers.told(.rateLimits, "off")) and \(layers.told(.dev, "false"))",
                because: "without rate limits codes can be guessed, so off is accepted with dev only.")
        }
    }

    private static func truth(_ text: String) -> Bool? { ["true": true, "1": true, "false": false, "0": false][text] }

    private static func nonEmpty(_ text: String) -> String? { text.isEmpty ? nil : text }

    private static func postgreSQL(_ text: String) -> String? {
        ["postgres://", "postgresql://"].contains { text.hasPrefix($0) } ? text : nil
    }

    /// `90d`, `12h`, `15m` or `30s`.
    private static func schedule(_ text: String) -> SigningKeySchedule? {
        let seconds: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        guard let unit = text.last.flatMap({ seconds[$0] }), let first = text.first, ("1"..."9").contains(first),
            let count = Int64(text.dropLast())
        else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow ? nil : SigningKeySchedule(lifetime: .seconds(product))
    }

    private static func key(_ text: String) -> Secret? {
        guard let bytes = Base64URL.decode(text), bytes.count == 32 else { return nil }
        return Secret(bytes)
    }
}
