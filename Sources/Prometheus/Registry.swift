package import CoreMetrics
import Synchronization

/// All metrics of one process: makes them, and writes them down when it is asked.
///
/// A metric is made once and kept by whoever counts; making it a second time gives the same one. Families are declared
/// before, so that each has its sentence and its buckets; a name that was not declared is still counted, and shown
/// without a sentence.
package final class Registry: MetricsFactory {
    enum Series: Sendable {
        case counter(CounterCell)
        case gauge(GaugeCell)
        case histogram(HistogramCell)
    }

    /// A number that is not kept but looked up when it is written.
    struct Observed: Sendable {
        let family: Family
        let read: @Sendable () -> [(labels: [(String, String)], value: Double)]
    }

    struct Contents: Sendable {
        var families: [String: Family]
        var series: [String: [Labels: Series]] = [:]
        var observed: [Observed] = []
    }

    private let contents: Mutex<Contents>

    package init(_ families: [Family] = []) {
        contents = Mutex(Contents(families: Dictionary(families.map { ($0.name, $0) }) { $1 }))
    }

    /// Adds numbers that are looked up at each reading: cheap ones, for they are read in the path of a request.
    package func observe(
        _ family: Family, _ read: @escaping @Sendable () -> [(labels: [(String, String)], value: Double)]
    ) {
        contents.withLock { $0.observed.append(Observed(family: family, read: read)) }
    }

    /// The same for a number without labels; nil when there is none at the moment.
    package func observe(_ family: Family, _ read: @escaping @Sendable () -> Double?) {
        observe(family) { read().map { [(labels: [], value: $0)] } ?? [] }
    }

    /// The names of all families that have a series.
    package var names: [String] {
        contents.withLock { Set($0.series.keys).union($0.observed.map(\.family.name)).sorted() }
    }

    /// Everything, in the text format of Prometheus.
    package func text() -> [UInt8] {
        let now = contents.withLock { $0 }
        return Exposition(now).bytes
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let made = series(label, dimensions, otherwise: .counter) { _ in .counter(CounterCell()) }
        if case .counter(let cell) = made { return cell }
        return CounterCell()
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        aggregate ? histogram(label, dimensions, scale: 1) : gauge(label, dimensions)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions, scale: 1_000_000_000)
    }

    // What is counted here lives as long as the process.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private func gauge(_ name: String, _ dimensions: [(String, String)]) -> GaugeCell {
        let made = series(name, dimensions, otherwise: .gauge) { _ in .gauge(GaugeCell()) }
        if case .gauge(let cell) = made { return cell }
        return GaugeCell()
    }

    private func histogram(_ name: String, _ dimensions: [(String, String)], scale: Double) -> HistogramCell {
        func make(_ bounds: [Double]) -> HistogramCell { HistogramCell(bounds: bounds, scale: scale) }
        let made = series(name, dimensions, otherwise: .histogram([])) { kind in
            if case .histogram(let bounds) = kind { .histogram(make(bounds)) } else { .histogram(make([])) }
        }
        if case .histogram(let cell) = made { return cell }
        return make([])
    }

    private func series(
        _ name: String, _ dimensions: [(String, String)], otherwise kind: Family.Kind,
        _ make: (Family.Kind) -> Series
    ) -> Series {
        contents.withLock { contents in
            let labels = Labels(dimensions)
            if let known = contents.series[name]?[labels] { return known }
            let family = contents.families[name] ?? Family(name, kind, "")
            contents.families[name] = family
            let made = make(family.kind)
            contents.series[name, default: [:]][labels] = made
            return made
        }
    }
}
