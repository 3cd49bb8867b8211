package import Hummingbird
package import NIOCore

/// What Hummingbird keeps for one request: its own part, and the connection with the address at its other end.
package struct EdgeContext: RequestContext, RemoteAddressRequestContext {
    package var coreContext: CoreRequestContextStorage
    package let remoteAddress: SocketAddress?
    private let connection: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
        connection = source.channel
    }

    /// Ends the connection, for its request has been answered before it was read. Not at once: a client that is still
    /// sending when the connection goes never sees the answer.
    func endConnection() {
        _ = connection.eventLoop.scheduleTask(in: .seconds(5)) { [connection] in connection.close(promise: nil) }
    }
}
