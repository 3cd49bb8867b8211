import Dispatch
import Glibc

/// A socket to a running server, to send what no honest client sends.
package final class RawConnection: Sendable {
    private let descriptor: CInt
    private let queue = DispatchQueue(label: "raw connection")

    package init(port: Int) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) == 0 }
        }
        guard isConnected else { throw NobodyListens() }
        // No test waits longer than this for an answer that does not come.
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
    }

    /// Sends text, as far as the other side takes it.
    package func send(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Reads until a text has come, or the end.
    package func read(until mark: String) async -> String {
        await receive(until: mark).text
    }

    /// All that comes until the server hangs up; nil when it does not.
    package func rest() async -> String? {
        let (text, isEnd) = await receive(until: nil)
        return isEnd ? text : nil
    }

    private func receive(until mark: String?) async -> (text: String, isEnd: Bool) {
        await withCheckedContinuation { continuation in
            queue.async { [descriptor] in
                var received: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 65_536)
                var isEnd = false
                while true {
                    let count = recv(descriptor, &buffer, buffer.count, 0)
                    isEnd = count == 0
                    guard count > 0 else { break }
                    received += buffer.prefix(count)
                    if let mark, String(decoding: received, as: UTF8.self).contains(mark) { break }
                }
                continuation.resume(returning: (String(decoding: received, as: UTF8.self), isEnd))
            }
        }
    }

    /// Says that nothing more is sent.
    package func finish() {
        shutdown(descriptor, CInt(SHUT_WR))
    }
}

/// The connection was refused.
package struct NobodyListens: Error {}
