import Hummingbird
import Identity

/// For whoever watches the server: is the process up, and can it do its work?
struct HealthEndpoints: Feature {
    let storage: Storage
    let drain: Drain

    var routes: [Route] {
        [
            Route(method: .get, path: "/healthz", dialect: .api, access: .open, rate: .none) { _ in .text("ok\n")
            },
            Route(method: .get, path: "/readyz", dialect: .api, access: .open, rate: .none, respond: ready),
        ]
    }

    private func ready(_ call: Call) async throws -> Response {
        guard !drain.hasBegun else { throw Refusal.stopping }
        try await storage.check()
        return .text("ready\n")
    }
}
