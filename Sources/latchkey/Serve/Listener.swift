import NIOCore
import Synchronization

/// The open port, to be told that no more connections are taken.
final class Listener: Sendable {
    private let channel = Mutex<(any Channel)?>(nil)

    /// The server listens.
    func opened(_ channel: any Channel) {
        self.channel.withLock { $0 = channel }
    }

    /// Leaves further connections with the kernel. One that is taken while the port is being closed has nobody to
    /// answer it, and NIO ends the process for it: so taking ends first, and what was taken has a moment to arrive.
    func stopTaking() async throws {
        try? await channel.withLock { $0 }?.setOption(.autoRead, value: false).get()
        try await Task.sleep(for: Self.moment)
    }

    static let moment = Duration.milliseconds(100)
}
