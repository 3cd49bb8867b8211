import Foundation
import GRDB
import Hummingbird
import LatchkeyHummingbird

/// Somebody for whom work is done.
struct Customer: Codable, FetchableRecord, Sendable {
    enum CodingKeys: String, CodingKey {
        case id, email, phone
        case displayName = "display_name"
        case jobCount = "job_count"
        case createdAt = "created_at"
    }

    let id: String
    let displayName: String
    let email: String?
    let phone: String?
    /// In how many jobs they were seen.
    let jobCount: Int
    let createdAt: Date

    static func exists(_ id: String, of tenant: String, _ database: Database) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM customer WHERE tenant = ? AND id = ?)",
            arguments: [tenant, id])
            ?? false
    }

    static func name(of id: String, _ tenant: String, _ database: Database) throws -> String? {
        try String.fetchOne(
            database, sql: "SELECT display_name FROM customer WHERE tenant = ? AND id = ?", arguments: [tenant, id])
    }
}

/// The body of `POST /customers`.
struct NewCustomer: Decodable, Sendable {
    let displayName: String
    let email: String?
    let phone: String?

    init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, ["display_name", "email", "phone"])
        displayName = try fields.text("display_name", 1...200)
        email = try fields.optional("email") { try $0.email($1) }
        phone = try fields.optional("phone") { try $0.text($1, 1...50) }
    }

    func insert(for tenant: String, at now: Date, _ database: Database) throws -> Customer {
        let customer = Customer(
            id: Identifier.make("cus"), displayName: displayName, email: email, phone: phone, jobCount: 0,
            createdAt: now)
        try database.execute(
            sql: """
                INSERT INTO customer (id, tenant, display_name, email, phone, created_at) VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [customer.id, tenant, displayName, email, phone, now])
        return customer
    }
}

/// `/customers`
struct Customers {
    let database: DatabaseQueue

    func routes(on api: APIRoutes) {
        api.get("customers", scope: "customers:read") { request, context in
            Answer(try await list(of: context.tenant, PageRequest(request)))
        }
        api.post("customers", scope: "customers:write") { request, context in
            Answer(try await create(request.body(as: NewCustomer.self), for: context.tenant), status: .created)
        }
    }

    private func list(of tenant: String, _ page: PageRequest) async throws -> Page<Customer> {
        let (customers, total) = try await database.read { database in
            let customers = try Customer.fetchAll(
                database,
                sql: """
                    SELECT *, (SELECT COUNT(*) FROM job WHERE job.tenant = customer.tenant
                               AND job.customer_id = customer.id) AS job_count
                    FROM customer WHERE tenant = ? ORDER BY sequence DESC LIMIT ? OFFSET ?
                    """,
                arguments: [tenant, page.limit, page.offset])
            let total = try Int.fetchOne(
                database, sql: "SELECT COUNT(*) FROM customer WHERE tenant = ?", arguments: [tenant])
            return (customers, total ?? 0)
        }
        return Page(name: "customers", items: customers, pagination: page.pagination(total: total))
    }

    private func create(_ new: NewCustomer, for tenant: String) async throws -> Customer {
        try await database.write { try new.insert(for: tenant, at: .now, $0) }
    }
}
