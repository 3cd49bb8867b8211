import Database

/// Whether the storage can be used at the moment: asked by whoever watches the server.
package struct Storage: Sendable {
    let database: Database

    /// Throws when it cannot be read, or when the last write failed and none has succeeded since.
    package func check() async throws {
        _ = try await database.read { try $0.row("SELECT 1") }
        guard database.takesWrites else { throw DatabaseFailure.unavailable("the last write failed") }
    }

    /// Tries a write when the last one failed: without it nothing would show that the storage is back, as long as
    /// nobody is sent here for that very reason.
    package func probe() async throws {
        if !database.takesWrites { try await database.probe() }
    }

    /// Whether an error means that nothing is wrong with the request, only with the storage, and only for now.
    package static func isUnavailable(_ error: any Error) -> Bool {
        if case .unavailable? = error as? DatabaseFailure { true } else { false }
    }
}
