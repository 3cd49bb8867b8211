import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Listens for a moment, before anything is made: a start that cannot listen shall leave no database, no key and no
/// migration behind.
enum PortProbe {
    /// - Throws: what stops the server too when it listens, see `CommandFailure.listening`.
    static func listen(on hostname: String, port: Int) async throws {
        do {
            // As the server does, or the connections of the server before would count as one that listens.
            let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            try await bootstrap.bind(host: hostname, port: port).get().close().get()
        } catch let error as IOError {
            throw CommandFailure.listening(error.errnoCode, hostname, port) ?? error
        }
    }
}

extension CommandFailure {
    /// Why nobody can listen there, for whoever typed the command; nil for what is no matter of the address.
    static func listening(_ code: CInt, _ hostname: String, _ port: Int) -> CommandFailure? {
        switch code {
        case EADDRINUSE:
            CommandFailure(
                .refused, code: "port_in_use", "Port \(port) is used by another program.",
                next: "Stop that program, or choose another port with --port.")
        case EACCES:
            CommandFailure(
                .refused, code: "port_forbidden", "You may not listen on port \(port).",
                next: "Choose a port above 1023 with --port.")
        case EADDRNOTAVAIL:
            CommandFailure(
                .refused, code: "address_unavailable", "This machine does not have the address \(hostname).",
                next: "Name one that it has with --hostname, such as 127.0.0.1.")
        default: nil
        }
    }
}
