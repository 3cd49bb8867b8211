import JOSE
import LatchkeyVerifier
import Synchronization

/// The keys an issuer publishes, and why they could not be had.
final class PublishedKeys: Sendable {
    private let server: IdentityServer
    private let trouble = Mutex<CommandFailure?>(nil)

    init(_ server: IdentityServer) { self.server = server }

    /// Set once `fetch` has thrown.
    var failure: CommandFailure? { trouble.withLock { $0 } }

    func fetch() async throws -> KeySetResponse {
        do {
            let answer = try await server.document("/.well-known/jwks.json")
            guard answer.status == 200 else {
                throw CommandFailure.notLatchkey(server.issuer, "HTTP status \(answer.status) for its public keys")
            }
            return KeySetResponse(body: answer.bytes, cacheControl: answer.cacheControl)
        } catch {
            trouble.withLock { $0 = CommandFailure(error) }
            throw error
        }
    }
}
