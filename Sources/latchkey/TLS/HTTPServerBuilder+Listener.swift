import HummingbirdCore
import HummingbirdTLS
import LatchkeyHummingbird
import NIOCore

extension HTTPServerBuilder {
    /// HTTP/1.1, over TLS where there is a certificate.
    static func listener(
        _ certificate: ServedCertificate?, watching connections: Connections
    ) throws -> HTTPServerBuilder {
        let http = HTTPServerBuilder.http1(
            configuration: .init(
                // Both of the first two put themselves next to the decoder, so the later one lies nearer to it: connections
                // are watched before an offer of another protocol is answered.
                additionalChannelHandlers: [
                    UnwantedUpgrade(), ConnectionWatchInstaller(connections), LastRequest(),
                ],
                idleTimeout: .seconds(60),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 * 1_024, maxHeaderListSize: 20 * 1_024, maxHeaderFieldCount: 100)))
        guard let certificate else { return http }
        return try .tls(http, tlsConfiguration: certificate.serverConfiguration)
    }
}
