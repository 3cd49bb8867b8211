/// The text format of Prometheus, version 0.0.4: what `GET /metrics` answers.
struct Exposition {
    private(set) var bytes: [UInt8] = []

    init(_ contents: Registry.Contents) {
        bytes.reserveCapacity(64 * 1_024)
        let observed = Dictionary(grouping: contents.observed, by: \.family.name)
        for name in Set(contents.series.keys).union(observed.keys).sorted() {
            let kept = contents.series[name]?.sorted { $0.key.text < $1.key.text } ?? []
            guard let family = observed[name]?.first?.family ?? contents.families[name] else { continue }
            let begin = bytes.count
            head(family)
            let headEnd = bytes.count
            for (labels, series) in kept { write(series, labels, of: family) }
            for source in observed[name] ?? [] {
                for (labels, value) in source.read() { sample(name, Labels(labels).braced(), Self.number(value)) }
            }
            if bytes.count == headEnd { bytes.removeSubrange(begin...) }
        }
    }

    private mutating func head(_ family: Family) {
        if !family.help.isEmpty { line("# HELP \(family.name) \(family.help)") }
        line("# TYPE \(family.name) \(family.type)")
    }

    private mutating func write(_ series: Registry.Series, _ labels: Labels, of family: Family) {
        switch series {
        case .counter(let cell):
            let value = cell.value
            if value != 0 || family.showsZeros { sample(family.name, labels.braced(), String(value)) }
        case .gauge(let cell):
            sample(family.name, labels.braced(), Self.number(cell.value))
        case .histogram(let cell):
            if case .histogram(let bounds) = family.kind { write(cell.contents, bounds, labels, of: family) }
        }
    }

    private mutating func write(
        _ contents: HistogramCell.Contents, _ bounds: [Double], _ labels: Labels, of family: Family
    ) {
        var total: UInt64 = 0
        if !family.showsZeros, contents.buckets.allSatisfy({ $0 == 0 }) { return }
        for (place, count) in contents.buckets.enumerated() {
            total &+= count
            let bound = place < bounds.count ? Self.number(bounds[place]) : "+Inf"
            sample(family.name + "_bucket", labels.braced(adding: "le=\"\(bound)\""), String(total))
        }
        sample(family.name + "_sum", labels.braced(), Self.number(contents.sum))
        sample(family.name + "_count", labels.braced(), String(total))
    }

    private mutating func sample(_ name: String, _ labels: String, _ value: String) {
        line("\(name)\(labels) \(value)")
    }

    private mutating func line(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Whole numbers without a fraction, others as Swift writes them, which is what Go reads.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value) { return String(whole) }
        return String(value)
    }
}
