import Identity
import JOSE
import LatchkeyVerifier
import Logging
import ServiceLifecycle
import Synchronization

/// Sends what waits for webhooks, once a second.
///
/// Each endpoint has a lane of its own, so that a slow one holds up nothing but itself; there are so many lanes in all,
/// and of one organization, and who comes next is asked in turn.
///
/// When the server is told to stop, a message that is on its way is still seen to its end.
struct WebhookService: Service {
    let queue: WebhookQueue
    let transport: any WebhookTransport
    let logger: Logger

    /// Endpoints that are served at once.
    static let lanes = 48
    /// Of these, those of one organization.
    static let lanesOfOrganization = 6
    /// Messages to one endpoint before others have their turn.
    static let share = 50

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                let busy = BusyLanes()
                var last: Webhook.ID?
                while !Task.isCancelled {
                    await attempt("Webhooks cannot be looked at", logger) {
                        for due in try await queue.due(after: last, at: .now) where busy.begin(due) {
                            last = due.webhook
                            group.addTask {
                                await deliver(to: due.webhook)
                                busy.end(due)
                            }
                        }
                    }
                    try? await Task.sleep(for: .seconds(1))
                }
            }
        }
    }

    private func deliver(to webhook: Webhook.ID) async {
        await attempt("A webhook cannot be delivered to", logger) {
            _ = try await queue.deliver(to: webhook, atMost: Self.share, by: transport, at: { .now })
        }
    }
}

/// Which endpoints are being served.
private final class BusyLanes: Sendable {
    private let lanes = Mutex<Set<WebhookQueue.Due>>([])

    /// False when the endpoint has a lane, or there is none for it now.
    func begin(_ due: WebhookQueue.Due) -> Bool {
        lanes.withLock { lanes in
            guard lanes.count < WebhookService.lanes,
                lanes.count(where: { $0.organization == due.organization }) < WebhookService.lanesOfOrganization
            else { return false }
            return lanes.insert(due).inserted
        }
    }

    func end(_ due: WebhookQueue.Due) {
        lanes.withLock { _ = $0.remove(due) }
    }
}
