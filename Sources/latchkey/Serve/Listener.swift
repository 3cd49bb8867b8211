import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The open port, to be told that no more connections are taken.
final class Listener: Sendable {
    private let channel = Mutex<(any Channel)?>(nil)

    /// The server listens.
    func opened(_ channel: any Channel) {
        self.channel.withLock { $0 = channel }
    }

    /// Takes the connections that wait in the kernel, and no more.
    ///
    /// First the kernel lets nobody else in: whoever comes now tries again in a second, and finds the port closed. What
    /// was let in before is taken, for closing the port would reset it. Then taking ends, and what was taken has a
    /// moment to arrive: one that is taken while the port is being closed has nobody to answer it, and NIO ends the
    /// process for it.
    func stopTaking() async throws {
        guard let channel = channel.withLock({ $0 }) else { return }
        try? await channel.eventLoop.submit { try Self.letNobodyIn(channel) }.get()
        try await Task.sleep(for: Self.moment)
        try? await channel.setOption(.autoRead, value: false).get()
        try await Task.sleep(for: Self.moment)
    }

    private static func letNobodyIn(_ channel: any Channel) throws {
        try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { socket in
            // On a socket that listens already this changes the length of its queue.
            _ = listen(socket, 0)
        }
    }

    static let moment = Duration.milliseconds(100)
}
