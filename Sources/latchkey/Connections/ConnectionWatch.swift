import IdentityHTTP
import NIOCore
import NIOHTTP1

/// Follows what a connection is at, just above the HTTP decoder, and keeps `Connections` told.
final class ConnectionWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let connections: Connections
    private var connection: Connection?
    private var phase = Connection.Phase.opened
    /// Requests whose head has come and whose answer is not written.
    private var unanswered = 0
    /// Answers that are written and not taken by the client.
    private var unsent = 0
    private var isReading = false
    private var isWritable = true
    private var isClosing = false

    init(_ connections: Connections) {
        self.connections = connections
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { open(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        open(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let connection { connections.remove(connection) }
        connection = nil
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            unanswered += 1
            isReading = true
            update()
        case .body: break
        case .end:
            isReading = false
            update()
        }
        context.fireChannelRead(data)
    }

    /// Bytes have come. When they were no whole head, one has begun.
    func channelReadComplete(context: ChannelHandlerContext) {
        if phase == .idle { enter(.head) }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        // An answer to what was no request has no head before it.
        unanswered = max(0, unanswered - 1)
        unsent += 1
        let taken = promise ?? context.eventLoop.makePromise(of: Void.self)
        taken.futureResult.assumeIsolated().whenComplete { _ in
            self.unsent -= 1
            self.update()
        }
        context.write(data, promise: taken)
    }

    /// After its last answer the server ends its own side, and waits for the client to end the other.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output {
            isClosing = true
            update()
        }
        context.close(mode: mode, promise: promise)
    }

    /// A client that does not read stops the answer when the buffers are full.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        update()
        context.fireChannelWritabilityChanged()
    }

    private func open(_ context: ChannelHandlerContext) {
        guard connection == nil else { return }
        let caller = CallerAddress.caller(context.remoteAddress?.ipAddress ?? "unknown")
        let now = NIODeadline.now()
        let opened = Connection(caller: caller, limits: connections.limits, at: now) { [channel = context.channel] in
            channel.close(mode: .all, promise: nil)
        }
        connection = opened
        connections.admit(opened, at: now)
    }

    private func update() {
        let next: Connection.Phase =
            if isClosing {
                .closing
            } else if !isWritable {
                .unsent
            } else if isReading {
                .body
            } else if unanswered > 0 {
                .answering
            } else if unsent > 0 {
                .unsent
            } else {
                .idle
            }
        if next != phase { enter(next) }
    }

    private func enter(_ next: Connection.Phase) {
        phase = next
        connection?.enter(next, limits: connections.limits, at: .now())
    }
}

/// Puts the watch in its place: the server adds handlers of ours above its own, which see no bytes.
final class ConnectionWatchInstaller: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let connections: Connections

    init(_ connections: Connections) {
        self.connections = connections
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        do {
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(ConnectionWatch(connections), position: .after(decoder))
        } catch {
            // A connection that nobody watches would have no limits.
            context.close(promise: nil)
        }
    }
}
