public import NIOCore
import NIOHTTP1

/// Answers a request that offers to go on in another protocol (RFC 9110 §7.8) in HTTP/1.1, as a server may, and ends the
/// connection after it.
///
///     Application(
///         router: router,
///         server: .http1(configuration: .init(additionalChannelHandlers: [UnwantedUpgrade()])))
///
/// Without it the connection stays open and silent: the decoder of the server reads nothing after such a request, so that
/// whoever sends the next one there waits for ever. Java's client offers HTTP/2 in this way with each request to an
/// address without TLS. A proxy before the API keeps the offers away, and an API that takes them (WebSocket) wants them.
///
/// In a stream of HTTP/2, where nothing can be offered, it does nothing.
public final class UnwantedUpgrade: ChannelInboundHandler, RemovableChannelHandler {
    /// Whatever comes: it is gone from its place before anything does.
    public typealias InboundIn = NIOAny

    /// One for each connection, as Hummingbird asks for them.
    public init() {}

    /// Puts what does the work just above the decoder. Hummingbird adds the handlers of others above its own codec, where
    /// requests and answers are of other types. Nothing is left behind in this place.
    public func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        if let decoder = try? pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self) {
            do {
                try pipeline.addHandler(UpgradeWatch(), position: .after(decoder))
            } catch {
                context.close(promise: nil)
            }
        }
        pipeline.removeHandler(context: context, promise: nil)
    }
}
