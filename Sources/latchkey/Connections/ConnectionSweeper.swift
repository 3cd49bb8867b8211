import NIOCore
import ServiceLifecycle

/// Closes connections that take too long, once a second.
struct ConnectionSweeper: Service {
    let connections: Connections

    func run() async throws {
        await every(.seconds(1)) { connections.closeOverdue(at: .now()) }
    }
}
