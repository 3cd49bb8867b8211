import Glibc
import Synchronization
import Testing

@testable import Database

/// Stands between client and server, hears COMMIT go by, and cuts the line once.
final class CuttingProxy: Sendable {
    /// Where the line is cut when the next COMMIT is sent.
    enum Cut: CaseIterable {
        /// It does not reach the server; both ends are closed.
        case before
        /// It does not reach the server, which is left to believe that its client is there.
        case beforeUnnoticed
        /// It reaches the server; its answer does not come back.
        case after
        /// It reaches the server, and the client hears nothing: not even that the line is dead.
        case afterSilently
    }

    let port: UInt16
    private let listener: CInt
    private let upstream: UInt16
    private let armed = Mutex<Cut?>(nil)
    private let cuts = Atomic(0)

    init(to upstream: UInt16) throws {
        let socket = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(0)
        let isBound = withSocketAddress(&address) { bind(socket, $0, $1) } == 0
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isNamed = withSocketAddress(&address) { pointer, _ in getsockname(socket, pointer, &length) } == 0
        self.upstream = upstream
        listener = socket
        port = UInt16(bigEndian: address.sin_port)
        try #require(isBound && isNamed && listen(socket, 64) == 0)
        let accepting = startThread { [listener] in
            while case let client = accept(listener, nil, nil), client >= 0 { self.serve(client) }
        }
        try #require(accepting)
    }

    /// How often it has cut the line.
    var count: Int { cuts.load(ordering: .relaxed) }

    func arm(_ cut: Cut) { armed.withLock { $0 = cut } }

    func stop() { shutdown(listener, CInt(SHUT_RDWR)) }

    private func serve(_ client: CInt) {
        let server = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(upstream)
        guard withSocketAddress(&address, { connect(server, $0, $1) }) == 0 else {
            close(client)
            close(server)
            return
        }
        let isDeaf = SharedFlag()
        _ = startThread { self.carryRequests(from: client, to: server, isDeaf) }
        _ = startThread { Self.carry(from: server, to: client, unless: isDeaf) }
    }

    private func carryRequests(from client: CInt, to server: CInt, _ isDeaf: SharedFlag) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(client, &buffer, buffer.count), count > 0 {
            guard let cut = due(buffer[..<count]) else {
                guard send(server, buffer, count, CInt(MSG_NOSIGNAL)) == count else { break }
                continue
            }
            isDeaf.raise()
            cuts.add(1, ordering: .relaxed)
            if cut == .after || cut == .afterSilently { send(server, buffer, count, CInt(MSG_NOSIGNAL)) }
            if cut != .afterSilently { shutdown(client, CInt(SHUT_RDWR)) }
            if cut == .before { break }
            return
        }
        shutdown(server, CInt(SHUT_RDWR))
        shutdown(client, CInt(SHUT_RDWR))
    }

    private static func carry(from server: CInt, to client: CInt, unless isDeaf: SharedFlag) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(server, &buffer, buffer.count), count > 0 {
            if isDeaf.isRaised { continue }
            guard send(client, buffer, count, CInt(MSG_NOSIGNAL)) == count else { break }
        }
        if !isDeaf.isRaised { shutdown(client, CInt(SHUT_RDWR)) }
    }

    /// What to do with these bytes: a Bind message of the prepared COMMIT names no portal and the statement `commit`.
    private func due(_ bytes: ArraySlice<UInt8>) -> Cut? {
        let sign = Array("\0commit\0".utf8)
        guard bytes.indices.contains(where: { bytes[$0...].starts(with: sign) }) else { return nil }
        return armed.withLock { armed in
            defer { armed = nil }
            return armed
        }
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        return address
    }
}

/// A flag that one thread raises and another sees.
final class SharedFlag: Sendable {
    private let flag = Atomic(false)

    var isRaised: Bool { flag.load(ordering: .sequentiallyConsistent) }

    func raise() { flag.store(true, ordering: .sequentiallyConsistent) }
}

private func withSocketAddress<R>(
    _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> R
) -> R {
    withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
}
