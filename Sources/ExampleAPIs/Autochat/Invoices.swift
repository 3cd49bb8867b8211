import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

struct Invoices: Sendable {
    let database: DatabaseQueue
    let news: News

    func routes(on api: APIRoutes) {
        api.get("invoices", scope: "invoices:read", use: list)
        api.get("invoices/:id", scope: "invoices:read", use: one)
        api.post("invoices", scope: "invoices:write", use: create)
        api.put("invoices/:id", scope: "invoices:write", use: update)
        api.patch("invoices/:id/status", scope: "invoices:write", use: updateStatus)
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> PageAnswer<Invoice> {
        let page = try PageRequest(request)
        return try await database.read { try Invoice.page(page, of: context.tenant, in: $0) }
    }

    private func one(_ request: Request, _ context: APIContext) async throws -> Answer<Invoice> {
        let id = context.idInPath
        return Answer(try await database.read { try Invoice.require(id, of: context.tenant, in: $0) })
    }

    private func create(_ request: Request, _ context: APIContext) async throws -> Answer<Invoice> {
        let change = try await request.body(as: Invoice.Change.self)
        let (clientID, dueDate) = (
            try required(change.clientID, "client_id"), try required(change.dueDate, "due_date")
        )
        let lineItems = try required(change.lineItems, "line_items")
        let invoice = try await database.write { db in
            let client = try Client.require(clientID, inField: "client_id", of: context.tenant, in: db)
            var invoice = Invoice(
                number: try Invoice.nextNumber(of: context.tenant, in: db), to: client, due: dueDate, lineItems,
                at: .now)
            try invoice.apply(change, at: invoice.createdAt)
            try invoice.insert(for: context.tenant, in: db)
            return invoice
        }
        news.tell(.invoiceCreated, invoice, to: context.tenant)
        return Answer(invoice, status: .created)
    }

    private func update(_ request: Request, _ context: APIContext) async throws -> Answer<Invoice> {
        let (id, change) = (context.idInPath, try await request.body(as: Invoice.Change.self))
        let invoice = try await database.write { db in
            var invoice = try Invoice.require(id, of: context.tenant, in: db)
            if let client = change.clientID {
                _ = try Client.require(client, inField: "client_id", of: context.tenant, in: db)
            }
            try invoice.apply(change, at: .now)
            try invoice.update(for: context.tenant, in: db)
            return invoice
        }
        news.tell(.invoiceUpdated, invoice, to: context.tenant)
        return Answer(invoice)
    }

    private func updateStatus(_ request: Request, _ context: APIContext) async throws -> Answer<Invoice> {
        let (id, change) = (context.idInPath, try await request.body(as: Invoice.StatusChange.self))
        let invoice = try await database.write { db in
            var invoice = try Invoice.require(id, of: context.tenant, in: db)
            try invoice.move(to: change.status, at: .now)
            try invoice.update(for: context.tenant, in: db)
            return invoice
        }
        news.tell(.invoiceStatusChanged, invoice, to: context.tenant)
        return Answer(invoice)
    }
}
