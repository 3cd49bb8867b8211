import Database

/// Whether the storage can be used at the moment: asked by whoever watches the server.
package struct Storage: Sendable {
    let database: Database

    /// Throws when it cannot be read.
    package func check() async throws {
        _ = try await database.read { try $0.row("SELECT 1") }
    }

    /// Whether an error means that nothing is wrong with the request, only with the storage, and only for now.
    package static func isUnavailable(_ error: any Error) -> Bool {
        if case .unavailable? = error as? DatabaseFailure { true } else { false }
    }
}
