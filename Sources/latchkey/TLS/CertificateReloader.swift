import JOSE
import LatchkeyVerifier
import Logging
import ServiceLifecycle

/// Serves a renewed certificate without a restart: looks at its files every two seconds.
///
/// Files that have changed are read once they have rested for one look, so that a certificate is not taken with the key
/// of the one before. What cannot be used is told to the log, once, and the certificate before it goes on being served.
actor CertificateReloader: Service {
    private let files: TLSFiles
    private let served: ServedCertificate
    private let logger: Logger
    /// The files as they were last read.
    private var read: [FileVersion?]
    private var seen: [FileVersion?]

    private static let pause = Duration.seconds(2)

    /// Reads the files for the first time.
    init(_ files: TLSFiles, logger: Logger, at now: Instant) throws(TLSRefusal) {
        self.files = files
        self.logger = logger
        read = files.versions
        seen = read
        let certificate = try files.load()
        served = ServedCertificate(certificate)
        Self.tell("Serving TLS", certificate, logger, at: now)
    }

    nonisolated var certificate: ServedCertificate { served }

    func run() async throws {
        await every(Self.pause) { await self.look(at: .now) }
    }

    private func look(at now: Instant) {
        let versions = files.versions
        defer { seen = versions }
        guard versions != read, versions == seen else { return }
        read = versions
        do throws(TLSRefusal) {
            let certificate = try files.load()
            served.replace(with: certificate)
            Self.tell("Serving a new TLS certificate", certificate, logger, at: now)
        } catch {
            logger.error(
                "The new TLS certificate cannot be used; the one before it is still served",
                metadata: ["cause": "\(error.message)", "next": "\(error.next)"])
        }
    }

    private static func tell(
        _ what: Logger.Message, _ certificate: TLSCertificate, _ logger: Logger, at now: Instant
    ) {
        let until: Logger.Metadata = ["expires_at": "\(certificate.expiresAt.iso8601)"]
        if certificate.expiresAt - now < TLSCertificate.noticePeriod {
            logger.warning(
                certificate.expiresAt <= now
                    ? "The TLS certificate has expired: every client will refuse it"
                    : "The TLS certificate expires within 14 days: renew it", metadata: until)
        } else {
            logger.info(what, metadata: until)
        }
    }
}
