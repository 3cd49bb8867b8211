import Database
import JOSE
import Testing

@testable import Identity

@Suite("Inspecting a database")
struct InspectionTests {
    @Test("tells the published keys and the latest event", arguments: Engine.all)
    func inspection(engine: Engine) async throws {
        let world = try await World(engine)
        let inspection = Inspection(world.database)
        let published = world.provider.signingKeys.contents.published.compactMap(\.keyID)
        #expect(try await inspection.publishedKeyIDs() == published)
        _ = try await world.visitor(at: .start + .seconds(60))
        #expect(try await inspection.latestEvent() == .start + .seconds(60))
    }
}
