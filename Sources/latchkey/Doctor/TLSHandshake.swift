import JOSE
import NIOCore
import NIOPosix
import NIOSSL

/// A TLS handshake for its own sake: to see what a server shows, whether or not anyone should believe it.
enum TLSHandshake {
    struct Failure: Error, Sendable {
        let reason: String
    }

    /// When the certificate expires that a server shows.
    static func expiry(of host: String, port: Int) async -> Result<Instant, Failure> {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let shown = loop.makePromise(of: Instant.self)
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.certificateVerification = .noHostnameVerification
            let context = try NIOSSLContext(configuration: configuration)
            let channel = try await ClientBootstrap(group: loop).connectTimeout(.seconds(10))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandlers(
                            try handler(context, host: host, shown: shown), HandshakeEnd(shown: shown))
                    }
                }.connect(host: host, port: port).get()
            let timeout = loop.scheduleTask(in: .seconds(10)) { shown.fail(ChannelError.connectTimeout(.seconds(10))) }
            defer {
                timeout.cancel()
                channel.close(promise: nil)
            }
            return .success(try await shown.futureResult.get())
        } catch {
            shown.fail(error)
            return .failure(Failure(reason: CommandFailure.plain(error)))
        }
    }

    private static func handler(
        _ context: NIOSSLContext, host: String, shown: EventLoopPromise<Instant>
    ) throws -> NIOSSLClientHandler {
        // An address is no server name (RFC 6066 §3).
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(
            context: context, serverHostname: isAddress ? nil : host,
            customVerificationCallback: { chain, promise in
                if let leaf = chain.first { shown.succeed(leaf.expiresAt) }
                promise.succeed(.certificateVerified)
            })
    }
}

/// Ends the wait when the connection ends first.
private final class HandshakeEnd: ChannelInboundHandler {
    typealias InboundIn = Any
    private let shown: EventLoopPromise<Instant>

    init(shown: EventLoopPromise<Instant>) {
        self.shown = shown
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        shown.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        shown.fail(ChannelError.eof)
    }
}
