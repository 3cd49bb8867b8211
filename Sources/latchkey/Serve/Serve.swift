import ArgumentParser

/// `latchkey serve`
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the identity provider.",
        discussion: """
            Needs nothing but a directory: the database and the master key are made at the first start.

              latchkey serve --dev                              to try it on this machine
              latchkey serve --issuer https://id.example.com    behind a proxy: add --trusted-proxies with its address
                                                                by itself: add --tls-certificate and --tls-key

            A server without users prints a link that makes its first owner. latchkey doctor checks the deployment.
            Settings also come from latchkey.json and LATCHKEY_… variables; all are in docs/configuration.md.
            Ctrl-C or SIGTERM: requests under way are answered, then the process ends.
            """)

    @OptionGroup var options: ServeOptions

    func run() async throws {
        let configuration = try await options.configuration()
        try await ServerProcess(configuration).run()
    }
}
