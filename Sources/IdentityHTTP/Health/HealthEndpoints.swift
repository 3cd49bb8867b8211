import Hummingbird
import Identity

/// For whoever watches the server: is the process up, and can it do its work?
struct HealthEndpoints: Feature {
    let storage: Storage
    let drain: Drain
    let ring: SigningKeyRing

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
        // It reads no key that may sign, so every login would end in an error: let another node have it.
        guard ring.contents.active != nil else { throw Refusal.unavailable }
        return .text("ready\n")
    }
}
