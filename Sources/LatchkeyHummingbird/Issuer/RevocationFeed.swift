public import LatchkeyVerifier
public import Logging
public import ServiceLifecycle

/// Has a verifier follow the revocations of its issuer for as long as the server runs.
///
///     Application(router: router, services: [RevocationFeed(verifier)])
///
/// What goes wrong is logged and tried again; what becomes of tokens meanwhile is the verifier's policy.
public struct RevocationFeed: Service {
    private let verifier: TokenVerifier
    private let logger: Logger

    /// - Parameters:
    ///   - verifier: the one that the middleware has.
    ///   - logger: told of each failure.
    public init(_ verifier: TokenVerifier, logger: Logger = Logger(label: "latchkey.revocations")) {
        self.verifier = verifier
        self.logger = logger
    }

    /// Follows until the server shuts down.
    public func run() async throws {
        await cancelWhenGracefulShutdown { [verifier, logger] in
            await verifier.followRevocations { error in
                logger.warning("The revocations of the issuer cannot be heard", metadata: ["cause": "\(error)"])
            }
            // A verifier that ignores revocations has nothing to follow; a service that ends would end the server.
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(86_400)) }
        }
    }
}
