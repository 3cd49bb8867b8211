import Database
import JOSE

extension Transaction {
    /// Inserts a row under a fresh identifier, drawing again when the primary key says it is taken.
    ///
    /// - Parameter insert: inserts `ON CONFLICT (id) DO NOTHING` and answers how many rows that made.
    func insert<Entity: Identified>(
        _ kind: Entity.Type = Entity.self, at now: Instant, random: RandomSource,
        _ insert: (Identifier<Entity>) throws -> Int
    ) throws -> Identifier<Entity> {
        for _ in 0..<8 {
            let id = Identifier<Entity>(at: now, random: random)
            if try insert(id) == 1 { return id }
        }
        throw DatabaseFailure.unavailable("no free identifier of kind \(Entity.identifierPrefix) in eight draws")
    }
}

extension SQLValue {
    static func id<Entity>(_ id: Identifier<Entity>) -> SQLValue { .integer(id.rawValue) }
    static func id<Entity>(_ id: Identifier<Entity>?) -> SQLValue { id.map { .integer($0.rawValue) } ?? .null }
    static func time(_ time: Instant) -> SQLValue { .integer(time.microseconds) }
    static func time(_ time: Instant?) -> SQLValue { time.map { .integer($0.microseconds) } ?? .null }
    static func words(_ words: [String]) -> SQLValue { .text(words.wordList) }
    static func scopes(_ scopes: ScopeSet) -> SQLValue { .text(scopes.description) }
}

extension Row {
    func id<Entity>(_ column: Int) throws -> Identifier<Entity> { Identifier(rawValue: try integer(column)) }
    func optionalID<Entity>(_ column: Int) throws -> Identifier<Entity>? {
        try optionalInteger(column).map(Identifier.init(rawValue:))
    }
    func time(_ column: Int) throws -> Instant { Instant(microseconds: try integer(column)) }
    func optionalTime(_ column: Int) throws -> Instant? {
        try optionalInteger(column).map(Instant.init(microseconds:))
    }
    func words(_ column: Int) throws -> [String] { try text(column).words }
    func scopes(_ column: Int) throws -> ScopeSet { ScopeSet(stored: try text(column)) }
}

/// Reads a stored word of a closed set.
func stored<Value: RawRepresentable<String>>(_ text: String, _ kind: Value.Type = Value.self) throws -> Value {
    guard let value = Value(rawValue: text) else { throw DatabaseFailure.corrupt("\(text) is no \(kind)") }
    return value
}
