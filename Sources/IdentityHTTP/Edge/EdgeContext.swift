package import Hummingbird
package import NIOCore

/// What Hummingbird keeps for one request: its own part, and the address at the other end of the connection.
package struct EdgeContext: RequestContext, RemoteAddressRequestContext {
    package var coreContext: CoreRequestContextStorage
    package let remoteAddress: SocketAddress?

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
