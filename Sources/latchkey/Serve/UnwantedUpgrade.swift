import NIOCore
import NIOHTTP1

/// Answers a request that offers to go on in another protocol (RFC 9110 §7.8) in this one, as a server may, and ends the
/// connection after it.
///
/// The decoder reads nothing after such a request: whoever sent the next one there would wait for ever. Java's client
/// offers HTTP/2 in this way with each request to an address without TLS.
final class UnwantedUpgrade: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Requests whose answer is not written.
    private var unanswered = 0
    /// How many answers there are before the last one.
    private var answersBeforeLast: Int?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        if head.headers.contains(name: "upgrade") || head.method == .CONNECT {
            answersBeforeLast = unanswered
            head.headers.remove(name: "upgrade")
            // What the server ends a connection upon.
            head.headers.replaceOrAdd(name: "Connection", value: "close")
        }
        unanswered += 1
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where answersBeforeLast == 0:
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            return context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            unanswered = max(0, unanswered - 1)
            answersBeforeLast = answersBeforeLast.map { max(0, $0 - 1) }
        case .head, .body: break
        }
        context.write(data, promise: promise)
    }
}
