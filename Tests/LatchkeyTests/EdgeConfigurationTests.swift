import Testing

@testable import latchkey

@Suite("TLS and trusted proxies in the configuration")
struct EdgeConfigurationTests {
    private let files = ["tls_certificate": "chain.pem", "tls_key": "key.pem"]

    private func configuration(_ flags: [String: String]) async throws -> ServerConfiguration {
        try await ServerConfiguration(flags: flags, environment: [:], directory: try TemporaryDirectory().path)
    }

    private func contradiction(_ flags: [String: String]) async -> String? {
        let refusal = await #expect(throws: ConfigurationRefusal.self) { try await configuration(flags) }
        guard case .contradiction(let settings, _) = refusal else { return nil }
        return settings
    }

    @Test("a server with a certificate calls itself https, whatever the port")
    func defaultIssuer() async throws {
        let configuration = try await configuration(files)
        #expect(configuration.issuer(listeningOn: 8443)?.description == "https://localhost:8443")
        #expect(configuration.edge.tls == TLSFiles(certificate: "chain.pem", key: "key.pem"))
    }

    @Test("one file without the other, and an http issuer with TLS, are refused")
    func contradictions() async {
        #expect(await contradiction(["tls_certificate": "a"]) == "--tls-certificate and no tls_key")
        #expect(await contradiction(["tls_key": "a"]) == "--tls-key and no tls_certificate")
        let issuer = "http://localhost:8080"
        #expect(
            await contradiction(files.merging(["issuer": issuer]) { $1 }) == "--tls-certificate and --issuer \(issuer)")
    }

    @Test("an https issuer over plain HTTP with nobody trusted is warned of, and nothing else is")
    func warning() async throws {
        let issuer = ["issuer": "https://id.example.com"]
        func warning(_ more: [String: String]) async throws -> String? {
            let configuration = try await configuration(more)
            return configuration.edge.warning(try #require(configuration.issuer(listeningOn: 8080)))
        }
        let text = try #require(try await warning(issuer))
        #expect(text.contains("trusted_proxies") && text.contains("tls_certificate"))
        #expect(try await warning(issuer.merging(["trusted_proxies": "10.0.0.1"]) { $1 }) == nil)
        #expect(try await warning(issuer.merging(files) { $1 }) == nil)
        #expect(try await warning([:]) == nil)
    }

    @Test(
        "a list of proxies with a slip is refused",
        arguments: ["", "proxy.example.com", "10.0.0.1/8", "0.0.0.0/0", "10.0.0.1,"])
    func proxies(text: String) async throws {
        let refusal = await #expect(throws: ConfigurationRefusal.self) {
            try await configuration(["trusted_proxies": text])
        }
        #expect(
            refusal
                == .invalidValue(text, origin: "--trusted-proxies", expected: Setting.trustedProxies.values))
    }
}
