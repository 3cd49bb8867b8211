// Prometheus keeps numbers and writes them down: a backend of swift-metrics in the text format of Prometheus, version
// 0.0.4. Counting is one atomic addition; all locks are taken when a metric is made and when all are read. It knows
// neither what is counted nor who reads it.

/// Everything that is known about the metrics of one name.
package struct Family: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case counter
        case gauge
        /// The upper bounds of the buckets, ascending: seconds for a `Timer`, plain numbers for a `Recorder`.
        case histogram([Double])
    }

    /// `[a-z_]+`, with the unit at its end and `_total` if it is a counter.
    package let name: String
    /// One sentence for whoever meets the metric in a list.
    package let help: String
    package let kind: Kind
    /// Whether series that have never counted anything are written too. A family of many possible series that mostly
    /// stay empty says no.
    package let showsZeros: Bool

    package init(_ name: String, _ kind: Kind, _ help: String, showsZeros: Bool = true) {
        self.name = name
        self.help = help
        self.kind = kind
        self.showsZeros = showsZeros
    }

    /// As it is written.
    package var type: String {
        switch kind {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}

/// The labels of one series as they are written, `a="b",c="d"`, or nothing.
struct Labels: Hashable, Sendable {
    let text: String

    init(_ dimensions: [(String, String)]) {
        text = dimensions.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
    }

    /// The labels with one more, and the braces around them.
    func braced(adding extra: String? = nil) -> String {
        let all = [text, extra ?? ""].filter { !$0.isEmpty }.joined(separator: ",")
        return all.isEmpty ? "" : "{\(all)}"
    }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
