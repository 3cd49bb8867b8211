import Hummingbird
import NIOCore
import Synchronization

extension ResponseBody {
    /// All bytes of a body that is made in memory anyway.
    consuming func collected() async throws -> [UInt8] {
        let bytes = CollectedBytes()
        try await write(Collector(bytes: bytes))
        return bytes.all
    }
}

private final class CollectedBytes: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    var all: [UInt8] { bytes.withLock { $0 } }

    func append(_ buffer: ByteBuffer) {
        bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) }
    }
}

private struct Collector: ResponseBodyWriter {
    let bytes: CollectedBytes

    mutating func write(_ buffer: ByteBuffer) async throws {
        bytes.append(buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
