import ArgumentParser

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The flags of `latchkey serve`, which `doctor` takes too: the strongest layer of its configuration. Values stay text here, so that a wrong
/// one is refused in the same words whichever layer it came from.
struct ServeOptions: ParsableArguments {
    @Flag(help: "Try it on this machine: open sign-up, mail at /dev/mailbox, a Demo organization. Loopback only.")
    var dev = false

    @Option(help: ArgumentHelp("Where to listen. Default: 127.0.0.1", valueName: "host"))
    var hostname: String?

    @Option(help: "The TCP port; 0 takes any that is free. Default: 8080")
    var port: String?

    @Option(
        help: ArgumentHelp("The URL the world knows this server by. Default: http://localhost:<port>", valueName: "url")
    )
    var issuer: String?

    @Option(help: ArgumentHelp("Directory of the database. Default: ./data", valueName: "dir"), completion: .directory)
    var data: String?

    @Option(help: ArgumentHelp("PostgreSQL instead of a file: postgres://user@host/name", valueName: "url"))
    var database: String?

    @Option(
        help: ArgumentHelp("Directory of the master key. Default: ./keys", valueName: "dir"), completion: .directory)
    var keys: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical. Default: info")
    var logLevel: String?

    @Option(help: "text or json. Default: text")
    var logFormat: String?

    @Option(help: "open or closed. Default: closed, open with --dev")
    var signUp: String?

    @Option(help: ArgumentHelp("How long a key signs, such as 90d or 12h. Default: 90d", valueName: "time"))
    var signingKeyLifetime: String?

    @Option(
        help: ArgumentHelp("PEM file of the certificate and its chain. Default: plain HTTP", valueName: "file"),
        completion: .file())
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("PEM file of its private key.", valueName: "file"), completion: .file())
    var tlsKey: String?

    @Option(
        help: ArgumentHelp(
            "Whose X-Forwarded-For is believed: addresses and networks, separated by commas. Default: nobody's",
            valueName: "list"))
    var trustedProxies: String?

    @Option(
        help: ArgumentHelp("A JSON file of settings. Default: latchkey.json, when it is there.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var config: String?

    @Flag(help: "JSON for programs: each entry of the log (--log-format json), or what doctor finds.")
    var json = false

    mutating func validate() throws {
        if json, let logFormat, logFormat != "json" {
            throw ValidationError("--json and --log-format \(logFormat) contradict each other. Give one of them.")
        }
    }

    /// Setting name to value, for those that were given.
    var settings: [String: String] {
        let given: [(Setting, String?)] = [
            (.dev, dev ? "true" : nil), (.hostname, hostname), (.port, port), (.issuer, issuer), (.data, data),
            (.database, database),
            (.keys, keys), (.logLevel, logLevel), (.logFormat, json ? "json" : logFormat), (.signUp, signUp),
            (.tlsCertificate, tlsCertificate), (.tlsKey, tlsKey), (.trustedProxies, trustedProxies),
            (.signingKeyLifetime, signingKeyLifetime),
        ]
        return given.reduce(into: [:]) { settings, entry in settings[entry.0.name] = entry.1 }
    }

    /// The whole configuration of this process: these flags over its environment, its file and the defaults.
    func configuration() async throws -> ServerConfiguration {
        try await ServerConfiguration(
            flags: settings, environment: ProcessInfo.processInfo.environment, file: config,
            directory: FileManager.default.currentDirectoryPath)
    }
}
