import Foundation
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The server of one API, which says whose address it is when that cannot be listened on.
struct Listening: Service {
    let name: String
    /// `127.0.0.1:8081`
    let address: String
    let server: any Service

    func run() async throws {
        do {
            try await server.run()
        } catch let error as IOError {
            throw Self.fault(error.errnoCode, name, address)
        }
    }

    /// Listens for a moment, before anything is begun: what cannot be listened on later leaves other APIs to be stopped, and each
    /// of them has something to say of that in the log.
    static func probe(_ name: String, _ hostname: String, _ port: Int) async throws {
        do {
            let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            try await bootstrap.bind(host: hostname, port: port).get().close().get()
        } catch let error as IOError {
            throw fault(error.errnoCode, name, "\(hostname):\(port)")
        }
    }

    static func fault(_ code: CInt, _ name: String, _ address: String) -> Fault {
        switch code {
        case EADDRINUSE:
            Fault(
                "\(name) cannot listen on \(address): another program does already.",
                next: "Choose other ports, the first of four: --port 9081. Or end that program.", isOfUse: false)
        case EADDRNOTAVAIL:
            Fault(
                "\(name) cannot listen on \(address): this machine does not have that address.",
                next: "Name one that it has: --hostname 127.0.0.1", isOfUse: false)
        case EACCES:
            Fault(
                "\(name) cannot listen on \(address): this user may not.",
                next: "Choose ports from 1024 on: --port 8081", isOfUse: false)
        default:
            Fault(
                "\(name) cannot listen on \(address): \(String(cString: strerror(code))).",
                next: "Choose another address or other ports: --hostname, --port", isOfUse: false)
        }
    }
}
