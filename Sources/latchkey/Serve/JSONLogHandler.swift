import JOSE
import LatchkeyVerifier
import Logging

/// One JSON object a line on standard error, for machines that collect logs.
struct JSONLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// In every line; what else there is depends on what is told.
    private static let base: Set = ["time", "level", "message", "error"]

    func log(event: LogEvent) {
        var json = JSONWriter()
        json.beginObject()
        json.member("time", Instant.now.iso8601)
        json.member("level", event.level.rawValue)
        json.member("message", event.message.description)
        if let error = event.error { json.member("error", "\(error)") }
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (name, value) in all.sorted(by: { $0.key < $1.key }) {
            // No member stands twice, whatever someone calls his own.
            json.member(Self.base.contains(name) ? name + "_" : name, value.description)
        }
        json.endObject()
        Terminal.standard.complain(String(decoding: json.bytes, as: UTF8.self))
    }
}
