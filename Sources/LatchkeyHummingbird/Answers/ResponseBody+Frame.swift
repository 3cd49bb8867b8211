import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

extension ResponseBody {
    /// Bodies up to this length, known beforehand, are put together in one piece; others are passed on as they come.
    private static let maximumPiece = 256 * 1024

    /// This body with something around it.
    func framed(by frame: EnvelopeFrame) async throws -> ResponseBody {
        let around = frame.before.utf8.count + frame.after.utf8.count
        guard let length = contentLength, length <= Self.maximumPiece else {
            let (body, after) = (self, ByteBuffer(string: frame.after))
            let before = ByteBuffer(string: frame.before)
            return ResponseBody(contentLength: contentLength.map { $0 + around }) { writer in
                try await writer.write(before)
                try await body.write(EndingWriter(writer: writer, end: after))
            }
        }
        var whole = ByteBuffer()
        whole.reserveCapacity(length + around)
        whole.writeString(frame.before)
        whole.writeImmutableBuffer(try await collected())
        whole.writeString(frame.after)
        return ResponseBody(byteBuffer: whole)
    }

    /// All bytes of a body. Of one whose length is known, and small.
    func collected() async throws -> ByteBuffer {
        let bytes = CollectedBytes()
        try await write(Collector(bytes: bytes))
        return bytes.all
    }
}

/// Writes something more when all else is written.
private struct EndingWriter: ResponseBodyWriter {
    var writer: any ResponseBodyWriter
    let end: ByteBuffer

    mutating func write(_ buffer: ByteBuffer) async throws {
        try await writer.write(buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await writer.write(end)
        try await writer.finish(trailingHeaders)
    }
}

private final class CollectedBytes: Sendable {
    private let bytes = Mutex(ByteBuffer())

    var all: ByteBuffer { bytes.withLock { $0 } }

    func append(_ buffer: ByteBuffer) {
        // The usual body is one buffer, which then needs no copy.
        bytes.withLock { if $0.readableBytes == 0 { $0 = buffer } else { $0.writeImmutableBuffer(buffer) } }
    }
}

private struct Collector: ResponseBodyWriter {
    let bytes: CollectedBytes

    mutating func write(_ buffer: ByteBuffer) async throws {
        bytes.append(buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
