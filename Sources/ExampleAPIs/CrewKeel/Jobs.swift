import Foundation
import GRDB
import Hummingbird
import LatchkeyHummingbird

/// `/jobs`
struct Jobs {
    /// A job with all that belongs to it.
    struct Whole: Encodable, Sendable {
        private enum CodingKeys: String, CodingKey {
            case lineItems = "line_items"
            case documents
        }

        let job: Job
        let lineItems: [LineItem]
        let documents: [Document]

        func encode(to encoder: any Encoder) throws {
            try job.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(lineItems, forKey: .lineItems)
            try container.encode(documents, forKey: .documents)
        }
    }

    let database: DatabaseQueue

    func routes(on api: APIRoutes) {
        api.get("jobs", scope: "jobs:read") { request, context in
            Answer(try await list(of: context.tenant, PageRequest(request)))
        }
        api.get("jobs/{ref}", scope: "jobs:read") { _, context in
            Answer(try await one(context.parameters.require("ref"), of: context.tenant))
        }
        api.post("jobs", scope: "jobs:write") { request, context in
            Answer(try await create(request.body(as: NewJob.self), for: context.tenant), status: .created)
        }
        api.patch("jobs/{ref}", scope: "jobs:write") { request, context in
            let change = try await request.body(as: JobChange.self)
            return Answer(try await update(context.parameters.require("ref"), change, of: context.tenant))
        }
    }

    private func list(of tenant: String, _ page: PageRequest) async throws -> Page<Job> {
        let (jobs, total) = try await database.read { database in
            try Job.page(page.limit, page.offset, of: tenant, database)
        }
        return Page(name: "jobs", items: jobs, pagination: page.pagination(total: total))
    }

    private func one(_ ref: String, of tenant: String) async throws -> Whole {
        try await database.read { try whole(ref, of: tenant, $0) }
    }

    private func create(_ new: NewJob, for tenant: String) async throws -> Whole {
        try await database.write { database in
            if let customer = new.customerID {
                guard try Customer.exists(customer, of: tenant, database) else {
                    throw APIRefusal.namesNothing("customer_id", "customer")
                }
            }
            return try whole(new.insert(for: tenant, at: .now, database), of: tenant, database)
        }
    }

    private func update(_ ref: String, _ change: JobChange, of tenant: String) async throws -> Whole {
        try await database.write { database in
            guard let job = try Job.find(ref, of: tenant, database) else { throw APIRefusal.notFound }
            try Job.update(job.id, to: change.status, of: tenant, at: .now, database)
            return try whole(job.id, of: tenant, database)
        }
    }

    private func whole(_ ref: String, of tenant: String, _ database: Database) throws -> Whole {
        guard let job = try Job.find(ref, of: tenant, database) else { throw APIRefusal.notFound }
        return Whole(
            job: job, lineItems: try LineItem.all(of: job.id, tenant, database),
            documents: try Document.all(of: job.id, tenant, database))
    }
}

extension APIRefusal {
    /// A body names something that this tenant does not have; another tenant may well.
    static func namesNothing(_ field: String, _ kind: String) -> APIRefusal {
        APIRefusal(.unprocessableContent, "unknown_\(kind)", "\(field) names no \(kind) of yours. Create it first.")
    }
}
