import Foundation
import GRDB

/// A piece of work for a customer.
struct Job: Codable, FetchableRecord, Sendable {
    enum Status: String, Codable, CaseIterable {
        case open, scheduled
        case inProgress = "in_progress"
        case completed, cancelled
    }

    enum CodingKeys: String, CodingKey {
        case id, reference, title, description, status
        case customerID = "customer_id"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    let id: String
    /// For people: `JOB-1001`, counted by contractor.
    let reference: String
    let title: String
    let description: String?
    let status: Status
    let customerID: String?
    let createdAt: Date
    let updatedAt: Date

    /// One, by its reference or its id; nil for what is not this tenant's.
    static func find(_ name: String, of tenant: String, _ database: Database) throws -> Job? {
        try fetchOne(
            database,
            sql: """
                SELECT *, 'JOB-' || number AS reference FROM job
                WHERE tenant = ? AND (id = ? OR 'JOB-' || number = ?)
                """,
            arguments: [tenant, name, name])
    }

    /// A page of them, the newest first, and how many there are.
    static func page(_ limit: Int, _ offset: Int, of tenant: String, _ database: Database) throws -> ([Job], Int) {
        let jobs = try fetchAll(
            database,
            sql: """
                SELECT *, 'JOB-' || number AS reference FROM job
                WHERE tenant = ? ORDER BY sequence DESC LIMIT ? OFFSET ?
                """,
            arguments: [tenant, limit, offset])
        let total = try Int.fetchOne(
            database, sql: "SELECT COUNT(*) FROM job WHERE tenant = ?", arguments: [tenant])
        return (jobs, total ?? 0)
    }

    static func update(
        _ id: String, to status: Status, of tenant: String, at now: Date, _ database: Database
    ) throws {
        try database.execute(
            sql: "UPDATE job SET status = ?, updated_at = ? WHERE tenant = ? AND id = ?",
            arguments: [status.rawValue, now, tenant, id])
    }
}

/// The body of `POST /jobs`.
struct NewJob: Decodable, Sendable {
    let title: String
    let description: String?
    let customerID: String?
    let lineItems: [NewLineItem]

    init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, ["title", "description", "customer_id", "line_items"])
        title = try fields.text("title", 1...200)
        description = try fields.optional("description") { try $0.text($1, 0...5_000) }
        customerID = try fields.optional("customer_id") { try $0.text($1, 1...100) }
        lineItems = try fields.optional("line_items") { try $0.list($1, 0...NewLineItem.maximumCount) } ?? []
    }

    /// - Returns: the id of the new job.
    func insert(for tenant: String, at now: Date, _ database: Database) throws -> String {
        let id = Identifier.make("job")
        let last = try Int.fetchOne(
            database, sql: "SELECT MAX(number) FROM job WHERE tenant = ?", arguments: [tenant])
        try database.execute(
            sql: """
                INSERT INTO job (id, tenant, number, title, description, status, customer_id, created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id, tenant, (last ?? 1_000) + 1, title, description, Job.Status.open.rawValue, customerID, now, now,
            ])
        for item in lineItems { try item.insert(into: id, tenant, database) }
        return id
    }
}

/// The body of `PATCH /jobs/{ref}`.
struct JobChange: Decodable, Sendable {
    let status: Job.Status

    init(from decoder: any Decoder) throws {
        status = try Fields(decoder, ["status"]).choice("status")
    }
}
