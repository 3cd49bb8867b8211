import GRDB

/// What is charged for. Money is in cents, so that nothing is rounded.
struct LineItem: Codable, FetchableRecord, Hashable, Sendable {
    enum CodingKeys: String, CodingKey {
        case description, quantity
        case unitPriceCents = "unit_price_cents"
        case totalCents = "total_cents"
    }

    let description: String
    let quantity: Int
    let unitPriceCents: Int
    let totalCents: Int

    /// Of a job, in its order.
    static func all(of job: String, _ tenant: String, _ database: Database) throws -> [LineItem] {
        try fetchAll(
            database,
            sql: """
                SELECT description, quantity, unit_price_cents, quantity * unit_price_cents AS total_cents
                FROM line_item WHERE tenant = ? AND job_id = ? ORDER BY sequence
                """,
            arguments: [tenant, job])
    }
}

/// A line item as it comes in a body.
///
/// With these bounds the dearest job costs 10¹⁴ cents: no sum overflows, or leaves what a number of JavaScript holds.
struct NewLineItem: Decodable, Sendable {
    static let maximumCount = 100
    private static let quantities = 1...10_000
    private static let prices = 0...100_000_000

    let description: String
    let quantity: Int
    let unitPriceCents: Int

    init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, ["description", "quantity", "unit_price_cents"])
        description = try fields.text("description", 1...200)
        quantity = try fields.integer("quantity", Self.quantities)
        unitPriceCents = try fields.integer("unit_price_cents", Self.prices)
    }

    func insert(into job: String, _ tenant: String, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO line_item (tenant, job_id, description, quantity, unit_price_cents) VALUES (?, ?, ?, ?, ?)
                """,
            arguments: [tenant, job, description, quantity, unitPriceCents])
    }
}
