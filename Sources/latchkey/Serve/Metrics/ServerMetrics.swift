import Database
import IdentityHTTP
import JOSE
import LatchkeyVerifier
import Metrics
import Prometheus

/// All numbers of this process.
struct ServerMetrics: Sendable {
    let registry = Registry(Family.all)
    /// Counts commits.
    let observer: DatabaseObserver

    init(drain: Drain) {
        let commits = Timer(label: "latchkey_database_commit_seconds", factory: registry)
        let writes = Recorder(label: "latchkey_database_commit_writes", factory: registry)
        let conflicts = Counter(label: "latchkey_database_conflicts_total", factory: registry)
        observer = DatabaseObserver(
            committed: { nanoseconds, count in
                commits.recordNanoseconds(nanoseconds)
                writes.record(count)
            },
            conflicted: { conflicts.increment() })
        registry.observe(.buildInfo) { [(labels: [("version", Latchkey.version)], value: 1)] }
        registry.observe(.stopping) { drain.hasBegun ? 1 : 0 }
        observeProcess()
    }

    private func observeProcess() {
        let started = Instant.now
        registry.observe(.startTime) { Double(started.microseconds) / 1_000_000 }
        registry.observe(.cpu) { ProcessFigures.processorSeconds }
        registry.observe(.memory) { ProcessFigures.residentBytes }
        registry.observe(.descriptors) { ProcessFigures.openDescriptors }
        registry.observe(.descriptorLimit) { ProcessFigures.descriptorLimit }
    }

    /// The database's own numbers, once it is open.
    func observe(_ database: Database) {
        registry.observe(.databaseWaiting) { Double(database.waiting) }
    }

    /// What the endpoint needs.
    func settings(token: Secret?) -> MetricsSettings {
        var settings = MetricsSettings()
        settings.factory = registry
        settings.text = { registry.text() }
        settings.token = token
        return settings
    }
}
