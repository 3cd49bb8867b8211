/// What a body may run: statements that can neither end the transaction nor change the connection.
enum OrdinaryStatement {
    /// - Throws: `.misuse` for every other.
    static func require(_ sql: String) throws(DatabaseFailure) {
        let text = sql.utf8.drop { $0 == 0x20 || $0 == 0x0a }
        guard beginnings.contains(where: { text.starts(with: $0) }) else {
            throw .misuse("not a SELECT, INSERT, UPDATE, DELETE, WITH or EXPLAIN statement: \(sql)")
        }
    }

    private static let beginnings = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", "EXPLAIN "].map {
        [UInt8]($0.utf8)
    }
}
