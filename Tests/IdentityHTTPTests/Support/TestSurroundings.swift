import Glibc
import JOSE
import Logging
import Synchronization
import TestDatabases
import Testing

/// A directory that is removed with its last user.
final class TestDirectory: Sendable {
    let path: String
    /// Its schema on PostgreSQL.
    let schema = LazyTestSchema()

    init() throws {
        var template = Array("/tmp/latchkey-http.XXXXXX".utf8CString)
        let isMade = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { mkdtemp($0) != nil } ?? false
        }
        try #require(isMade)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in ["latchkey.db", "latchkey.db-wal", "latchkey.db-shm"] { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}

/// The time of a test. It moves a millisecond a look, so that what comes later is later, and by leaps when told to.
final class TestClock: Sendable {
    private let time = Mutex(Instant(seconds: 1_795_000_000))
    private let count = Mutex(0)

    /// How often it was looked at: a server that was sent a request has begun with it once this has grown.
    var looks: Int { count.withLock { $0 } }

    func now() -> Instant {
        count.withLock { $0 += 1 }
        return time.withLock { time in
            time = time + .milliseconds(1)
            return time
        }
    }

    func advance(by duration: Duration) {
        time.withLock { $0 = $0 + duration }
    }
}

/// Everything that was logged, at every level.
final class TestLog: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(log: self) }
    }

    private struct Handler: LogHandler {
        let log: TestLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            log.lines.withLock {
                $0.append("\(event.level) \(event.message) \(all) \(event.error.map { "\($0)" } ?? "")")
            }
        }
    }
}
