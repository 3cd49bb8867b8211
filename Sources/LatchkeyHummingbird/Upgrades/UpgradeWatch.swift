import NIOCore
import NIOHTTP1

/// What ``UnwantedUpgrade`` puts above the decoder of a connection: sees offers of another protocol come in, and the
/// answer to the last request go out.
final class UpgradeWatch: ChannelDuplexHandler, RemovableChannelHandler {
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
