import Database
package import Metrics

/// A refusal that is counted. Its reason is a word of a closed list, without the values it may carry.
package protocol CountedRefusal: Error {
    associatedtype Reason: RawRepresentable<String> & CaseIterable & Hashable & Sendable

    /// What was refused, the same for all refusals of this type.
    static var subject: String { get }

    var reason: Reason { get }
}

/// How often something was refused, by reason.
package struct RefusalCounters<Refusal: CountedRefusal>: Sendable {
    private let counters: [Refusal.Reason: Counter]

    package init(_ factory: any MetricsFactory) {
        let series = Refusal.Reason.allCases.map { reason in
            let dimensions = [("of", Refusal.subject), ("reason", reason.rawValue)]
            return (reason, Counter(label: "latchkey_refusals_total", dimensions: dimensions, factory: factory))
        }
        counters = Dictionary(series) { first, _ in first }
    }

    package func count(_ refusal: Refusal) {
        counters[refusal.reason]?.increment()
    }

    /// Counts what an operation answers, if it is a refusal.
    package func counted<Value>(_ result: Result<Value, Refusal>) -> Result<Value, Refusal> {
        if case .failure(let refusal) = result { count(refusal) }
        return result
    }
}

extension Database {
    /// A write that may refuse; the refusal is counted once, however often the body had to run.
    func write<Value: Sendable, Refusal: CountedRefusal>(
        counting counters: RefusalCounters<Refusal>,
        _ body: @escaping @Sendable (Transaction) throws -> Result<Value, Refusal>
    ) async throws -> Result<Value, Refusal> {
        counters.counted(try await write(body))
    }
}
