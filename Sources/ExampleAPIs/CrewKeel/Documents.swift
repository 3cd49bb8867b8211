import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import LatchkeyHummingbird
import NIOCore

/// `/estimates` and `/invoices`, which are the same but for their names.
struct Documents {
    /// A document with its line items, and where its PDF is.
    struct Whole: Encodable, Sendable {
        private enum CodingKeys: String, CodingKey {
            case lineItems = "line_items"
            case pdf
        }

        let document: Document
        let lineItems: [LineItem]
        /// A path below the API's, of an issued document.
        let pdf: String?

        func encode(to encoder: any Encoder) throws {
            try document.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(lineItems, forKey: .lineItems)
            try container.encode(pdf, forKey: .pdf)
        }
    }

    /// The body of `POST`.
    struct Order: Decodable, Sendable {
        /// By reference or id.
        let job: String
        let send: Bool

        init(from decoder: any Decoder) throws {
            let fields = try Fields(decoder, ["job", "send"])
            job = try fields.text("job", 1...100)
            send = try fields.optional("send") { try $0.flag($1) } ?? false
        }
    }

    let kind: Document.Kind
    let database: DatabaseQueue

    func routes(on api: APIRoutes) {
        let documents = api.group(RouterPath(kind.plural))
        documents.get(scope: "documents:read") { request, context in
            Answer(try await list(of: context.tenant, PageRequest(request)))
        }
        documents.get("{id}", scope: "documents:read") { _, context in
            Answer(try await one(context.parameters.require("id"), of: context.tenant))
        }
        documents.get("{id}/pdf", scope: "documents:read") { _, context in
            try await pdf(context.parameters.require("id"), of: context.tenant)
        }
        documents.post(scope: "documents:write") { request, context in
            let order = try await request.body(as: Order.self)
            // What the route asks for is enough for a draft. To issue one takes more, and nothing is done before.
            if order.send { try context.require(.scope("documents:send")) }
            return Answer(try await create(order, for: context.tenant), status: .created)
        }
    }

    private func list(of tenant: String, _ page: PageRequest) async throws -> Page<Document> {
        let (documents, total) = try await database.read { database in
            try Document.page(kind, page.limit, page.offset, of: tenant, database)
        }
        return Page(name: kind.plural, items: documents, pagination: page.pagination(total: total))
    }

    private func one(_ id: String, of tenant: String) async throws -> Whole {
        try await database.read { try whole(id, of: tenant, $0) }
    }

    private func pdf(_ id: String, of tenant: String) async throws -> Response {
        guard let pdf = try await database.read({ try Document.pdf(of: id, kind, tenant, $0) }) else {
            throw APIRefusal.notFound
        }
        return Response(
            status: .ok, headers: [.contentType: "application/pdf", .cacheControl: "private, no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: pdf)))
    }

    private func create(_ order: Order, for tenant: String) async throws -> Whole {
        try await database.write { database in
            guard let job = try Job.find(order.job, of: tenant, database) else {
                throw APIRefusal.namesNothing("job", "job")
            }
            let items = try LineItem.all(of: job.id, tenant, database)
            guard !items.isEmpty else {
                throw APIRefusal(
                    .unprocessableContent, "no_line_items",
                    "\(job.reference) has no line items, so there is nothing to charge. Create a job with line_items.")
            }
            guard try Document.count(of: job.id, tenant, database) < Document.maximumOfJob else {
                throw APIRefusal(
                    .unprocessableContent, "too_many_documents",
                    "\(job.reference) has \(Document.maximumOfJob) documents, and there cannot be more. "
                        + "Create another job for what is to come.")
            }
            let customer = try job.customerID.flatMap { try Customer.name(of: $0, tenant, database) }
            let new = NewDocument(kind: kind, job: job, customer: customer, items: items, isIssued: order.send)
            return try whole(new.insert(for: tenant, at: .now, database), of: tenant, database)
        }
    }

    private func whole(_ id: String, of tenant: String, _ database: Database) throws -> Whole {
        guard let document = try Document.find(id, kind, of: tenant, database) else { throw APIRefusal.notFound }
        return Whole(
            document: document, lineItems: try Document.lineItems(of: id, tenant, database),
            pdf: document.status == .issued ? "/\(kind.plural)/\(id)/pdf" : nil)
    }
}
