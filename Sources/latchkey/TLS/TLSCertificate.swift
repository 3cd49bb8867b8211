import JOSE
import NIOCore
import NIOSSL
import Synchronization

/// A certificate with its chain and its key, seen to belong together.
struct TLSCertificate: Sendable {
    private let chain: [NIOSSLCertificateSource]
    private let key: NIOSSLPrivateKeySource
    /// Of the server's own certificate.
    let expiresAt: Instant

    init(chain: [NIOSSLCertificate], key: NIOSSLPrivateKey, expiresAt: Instant) {
        self.chain = chain.map(NIOSSLCertificateSource.certificate)
        self.key = .privateKey(key)
        self.expiresAt = expiresAt
    }

    /// TLS 1.2 and 1.3 (RFC 9325 §3.1.1) with HTTP/1.1; nothing is asked of the client but to speak it.
    var serverConfiguration: TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return configuration
    }

    /// For one handshake, in place of what the server was started with.
    fileprivate var override: NIOSSLContextConfigurationOverride {
        var override = NIOSSLContextConfigurationOverride()
        (override.certificateChain, override.privateKey) = (chain, key)
        return override
    }

    /// Before that many days nobody has to do anything: authorities and their tools renew earlier.
    static let noticePeriod = Duration.seconds(14 * 86_400)
}

/// The certificate that is shown to whoever connects next. Connections that stand keep theirs.
final class ServedCertificate: Sendable {
    private let current: Mutex<TLSCertificate>

    init(_ certificate: TLSCertificate) {
        current = Mutex(certificate)
    }

    func replace(with certificate: TLSCertificate) {
        current.withLock { $0 = certificate }
    }

    /// Asks for the certificate at every handshake.
    var serverConfiguration: TLSConfiguration {
        var configuration = current.withLock { $0 }.serverConfiguration
        configuration.sslContextCallback = { [self] _, promise in promise.succeed(current.withLock { $0 }.override) }
        return configuration
    }
}

extension NIOSSLCertificate {
    var expiresAt: Instant { Instant(seconds: Int64(notValidAfter)) }
}
