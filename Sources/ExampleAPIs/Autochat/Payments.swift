import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

/// Money that came in for an invoice.
struct Payment: TenantRow {
    static let table = "payments"

    enum Method: String, Codable, CaseIterable, Sendable, DatabaseValueConvertible {
        case cash, card, cheque, other
        case bankTransfer = "bank_transfer"
    }

    let id: String
    let invoiceID: String
    var amount: Money
    var method = Method.other
    var receivedOn: Day
    var reference: String?
    let createdAt: Date
    var updatedAt: Date

    enum CodingKeys: String, CodingKey {
        case id, amount, method, reference
        case invoiceID = "invoice_id"
        case receivedOn = "received_on"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    init(of amount: Money, for invoice: Invoice, at now: Date) {
        (id, invoiceID, self.amount) = (Identifier.make("pay"), invoice.id, amount)
        (receivedOn, createdAt, updatedAt) = (Day(now), now, now)
    }

    /// What is sent to make one or to change one. It stays with its invoice.
    struct Change: Decodable {
        let invoiceID: String?
        let amount: Money?
        let method: Method?
        let receivedOn: Day?
        let reference: String??

        init(from decoder: any Decoder) throws {
            let fields = try Fields(decoder, ["invoice_id", "amount", "method", "received_on", "reference"])
            invoiceID = try fields.optional("invoice_id") { try $0.text($1, 1...100) }
            amount = try fields.optional("amount") { try $0.money($1) }
            if amount == .zero { throw fields.refusal("amount", "must be more than nothing") }
            method = try fields.optional("method") { try $0.choice($1) }
            receivedOn = try fields.optional("received_on") { try $0.day($1) }
            reference = try fields.change("reference") { try $0.text($1, 1...200) }
        }
    }

    mutating func apply(_ change: Change, at now: Date) throws(APIRefusal) {
        if let invoice = change.invoiceID, invoice != invoiceID {
            throw .invalidRequest("invoice_id cannot be changed: a payment stays with its invoice.")
        }
        if let amount = change.amount { self.amount = amount }
        if let method = change.method { self.method = method }
        if let receivedOn = change.receivedOn { self.receivedOn = receivedOn }
        if let reference = change.reference { self.reference = reference }
        updatedAt = now
    }
}

struct Payments: Sendable {
    let database: DatabaseQueue
    let news: News

    func routes(on api: APIRoutes) {
        api.get("payments", scope: "payments:read", use: list)
        api.get("payments/:id", scope: "payments:read", use: one)
        api.post("payments", scope: "payments:write", use: create)
        api.put("payments/:id", scope: "payments:write", use: update)
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> PageAnswer<Payment> {
        let page = try PageRequest(request)
        return try await database.read { try Payment.page(page, of: context.tenant, in: $0) }
    }

    private func one(_ request: Request, _ context: APIContext) async throws -> Answer<Payment> {
        let id = context.idInPath
        return Answer(try await database.read { try Payment.require(id, of: context.tenant, in: $0) })
    }

    /// The payment, and what it does to its invoice, in one transaction.
    private func create(_ request: Request, _ context: APIContext) async throws -> Answer<Payment> {
        let change = try await request.body(as: Payment.Change.self)
        let (invoiceID, amount) = (
            try required(change.invoiceID, "invoice_id"), try required(change.amount, "amount")
        )
        let payment = try await database.write { db in
            var invoice = try Invoice.require(invoiceID, inField: "invoice_id", of: context.tenant, in: db)
            var payment = Payment(of: amount, for: invoice, at: .now)
            try payment.apply(change, at: payment.createdAt)
            try invoice.pay(amount, at: payment.createdAt)
            try invoice.update(for: context.tenant, in: db)
            try payment.insert(for: context.tenant, in: db)
            return payment
        }
        news.tell(.paymentCreated, payment, to: context.tenant)
        return Answer(payment, status: .created)
    }

    private func update(_ request: Request, _ context: APIContext) async throws -> Answer<Payment> {
        let (id, change) = (context.idInPath, try await request.body(as: Payment.Change.self))
        let payment = try await database.write { db in
            var payment = try Payment.require(id, of: context.tenant, in: db)
            let former = payment.amount
            try payment.apply(change, at: .now)
            if payment.amount != former {
                var invoice = try Invoice.require(payment.invoiceID, of: context.tenant, in: db)
                try invoice.pay(payment.amount, insteadOf: former, at: payment.updatedAt)
                try invoice.update(for: context.tenant, in: db)
            }
            try payment.update(for: context.tenant, in: db)
            return payment
        }
        news.tell(.paymentUpdated, payment, to: context.tenant)
        return Answer(payment)
    }
}
