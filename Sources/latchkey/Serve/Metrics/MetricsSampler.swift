import Identity
import JOSE
import LatchkeyVerifier
import Logging
import ServiceLifecycle

/// Looks at the queues every fifteen seconds, and counts the rows of the tables every five minutes: a page at a time,
/// with a rest between two, so that a table of millions is counted beside the requests and not before them.
struct MetricsSampler: Service {
    let gauges: Gauges
    let logger: Logger

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await every(.seconds(15)) {
                    await attempt("The queues cannot be looked at", logger) { try await gauges.sampleQueues(at: .now) }
                }
            }
            group.addTask {
                await every(.seconds(300)) {
                    await attempt("The rows cannot be counted", logger, countRows)
                }
            }
        }
    }

    @Sendable private func countRows() async throws {
        for table in Gauges.Table.allCases {
            try await gauges.count(table) { try await Task.sleep(for: .milliseconds(20)) }
        }
    }
}
