import LatchkeyHummingbird

extension Fields {
    /// What is to become of something that may be missing: nil leaves it as it is, and `.some(nil)`, which is `null` in
    /// the body, takes it away.
    func change<Value>(_ name: String, _ read: (Fields, String) throws -> Value) rethrows -> Value?? {
        holds(name) ? .some(try optional(name, read)) : nil
    }
}

/// What a field must have when something is made, and may be left out when it is changed.
func required<Value>(_ value: Value?, _ name: String) throws -> Value {
    guard let value else { throw APIRefusal.invalidRequest("\(name) is missing.") }
    return value
}
