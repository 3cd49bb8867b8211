import NIOCore

/// Lets a connection live for a moment longer when the server stops: a request that the client sent just then is still
/// answered, with `Connection: close`, where closing at once would be a reset in the middle of it.
final class LastRequest: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Never

    static let moment = TimeAmount.milliseconds(250)

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.moment) {
            // From here on the connection is closed as soon as no request is under way.
            if bound.value.channel.isActive {
                bound.value.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            }
        }
    }
}
