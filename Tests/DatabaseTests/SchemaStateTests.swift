import Testing

@testable import Database

@Suite("The state of a schema")
struct SchemaStateTests {
    private let known = [
        Migration(number: 1, name: "one", sql: "CREATE TABLE one (id INTEGER PRIMARY KEY) STRICT;"),
        Migration(number: 2, name: "two", sql: "CREATE TABLE two (id INTEGER PRIMARY KEY) STRICT;"),
    ]

    private func applied(_ migrations: some Sequence<Migration>) -> [MigrationPlan.Applied] {
        migrations.map { MigrationPlan.Applied(number: $0.number, name: $0.name, hash: $0.hash) }
    }

    @Test("nothing applied is absent, some behind, all current, and anything else foreign")
    func states() {
        #expect(SchemaState(known: known, applied: []) == .absent)
        #expect(SchemaState(known: known, applied: applied(known.prefix(1))) == .behind(applied: 1, newest: 2))
        #expect(SchemaState(known: known, applied: applied(known)) == .current(2))
        let newer = applied(known + [Migration(number: 3, name: "three", sql: "")])
        for strange in [newer, [MigrationPlan.Applied(number: 1, name: "one", hash: "x")]] {
            guard case .foreign = SchemaState(known: known, applied: strange) else {
                Issue.record("\(strange) is not foreign")
                return
            }
        }
    }

    @Test("looking at a file that is not there makes none")
    func missing() async throws {
        let location = DatabaseLocation.sqlite(path: "/tmp/latchkey-none/\(Int.random(in: 0 ..< .max))/latchkey.db")
        #expect(try await Database.schemaState(at: location, migrations: known) == .absent)
    }
}
