import Identity
import JOSE
import LatchkeyVerifier
import Logging
import ServiceLifecycle
import Synchronization

/// Brings signing keys on their way when their time has come, and follows what other nodes and `latchkey keys` change:
/// looks once a second, or more often when keys live for less than half a minute.
struct SigningKeyRotation: Service {
    private let upkeep: SigningKeyUpkeep
    private let ring: SigningKeyRing
    private let logger: Logger

    init(_ provider: IdentityProvider, logger: Logger) {
        upkeep = provider.signingKeyUpkeep
        ring = provider.signingKeys
        self.logger = logger
    }

    func run() async throws {
        let last = Mutex((signing: ring.contents.active?.keyID, unreadable: [UnreadableSigningKey]()))
        await every(upkeep.schedule.reloadInterval) {
            await attempt("The signing keys cannot be looked after", logger) {
                let unreadable = try await upkeep.look(at: .now)
                let signing = ring.contents.active?.keyID
                let before = last.withLock { last in
                    defer { last = (signing, unreadable) }
                    return last
                }
                if before.signing != signing { report(signing) }
                if before.unreadable != unreadable { complain(of: unreadable) }
            }
        }
    }

    private func report(_ keyID: String?) {
        if let keyID {
            logger.notice("Another key signs", metadata: ["kid": "\(keyID)"])
        } else {
            logger.critical("There is no key left that this node can sign with")
        }
    }

    /// The node goes on with what it can read, so that one damaged row does not end the service of all nodes at once.
    private func complain(of keys: [UnreadableSigningKey]) {
        for key in keys { logger.error("\(key.description) \(UnreadableSigningKey.remedy)") }
    }
}
