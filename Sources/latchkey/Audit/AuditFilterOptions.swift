import ArgumentParser
import JOSE
import LatchkeyVerifier

/// Which events are asked for, as `tail` and `export` take it.
struct AuditFilterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only events of this name. May be given again.", valueName: "event"))
    var event: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only from then on: a time such as 2026-11-20T21:45:23Z, or so long ago: 30m, 12h, 7d.", valueName: "time"))
    var since: TypedMoment?

    @Option(help: ArgumentHelp("Only before then.", valueName: "time"))
    var until: TypedMoment?

    @Option(help: "Only those that tell of this text: a name, an address, an identifier, a request.")
    var search: String?

    /// - Parameter since: instead of the one that was typed.
    func query(since other: Instant? = nil, at now: Instant = .now) -> String {
        var parts = event.map { ("event", $0) }
        if let since = other ?? since?.moment(at: now) { parts.append(("since", since.iso8601)) }
        if let until = until?.moment(at: now) { parts.append(("until", until.iso8601)) }
        if let search { parts.append(("search", search)) }
        return parts.map { "\($0.0)=\(Self.encoded($0.1))" }.joined(separator: "&")
    }

    /// Everything but letters and digits escaped.
    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                String(UnicodeScalar(byte))
            default: "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }.joined()
    }
}

/// A moment that is typed: RFC 3339, or how long ago.
enum TypedMoment: ExpressibleByArgument {
    case at(Instant)
    case ago(TypedDuration)

    init?(argument: String) {
        if let instant = Instant(iso8601: argument) {
            self = .at(instant)
        } else if let duration = TypedDuration(argument: argument) {
            self = .ago(duration)
        } else {
            return nil
        }
    }

    func moment(at now: Instant) -> Instant {
        switch self {
        case .at(let instant): instant
        case .ago(let duration): now - .seconds(duration.seconds)
        }
    }
}
