import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

/// What is offered to a client.
struct Quote: TenantRow {
    static let table = "quotes"

    enum Status: String, Codable, CaseIterable, Sendable, DatabaseValueConvertible {
        case draft, sent, accepted, declined, expired
    }

    let id: String
    /// From 1 on in each organization, without a gap.
    let number: Int
    var clientID: String
    var status = Status.draft
    var validUntil: Day?
    var lineItems: [BilledLine]
    var notes: String?
    var total: Money
    let createdAt: Date
    var updatedAt: Date

    enum CodingKeys: String, CodingKey {
        case id, number, status, notes, total
        case clientID = "client_id"
        case validUntil = "valid_until"
        case lineItems = "line_items"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    init(number: Int, to client: Client, _ lineItems: [BilledLine], at now: Date) {
        (id, self.number, clientID) = (Identifier.make("quo"), number, client.id)
        (self.lineItems, total) = (lineItems, lineItems.total)
        (createdAt, updatedAt) = (now, now)
    }

    /// What is sent to make one or to change one.
    struct Change: Decodable {
        let clientID: String?
        let status: Status?
        let validUntil: Day??
        let lineItems: [BilledLine]?
        let notes: String??

        init(from decoder: any Decoder) throws {
            let fields = try Fields(decoder, ["client_id", "status", "valid_until", "line_items", "notes"])
            clientID = try fields.optional("client_id") { try $0.text($1, 1...100) }
            status = try fields.optional("status") { try $0.choice($1) }
            validUntil = try fields.change("valid_until") { try $0.day($1) }
            lineItems = try fields.optional("line_items") { try $0.lineItems($1) }
            notes = try fields.change("notes") { try $0.text($1, 1...5_000) }
        }
    }

    mutating func apply(_ change: Change, at now: Date) {
        if let clientID = change.clientID { self.clientID = clientID }
        if let status = change.status { self.status = status }
        if let validUntil = change.validUntil { self.validUntil = validUntil }
        if let lineItems = change.lineItems { (self.lineItems, total) = (lineItems, lineItems.total) }
        if let notes = change.notes { self.notes = notes }
        updatedAt = now
    }

    /// Within the transaction that inserts it.
    static func nextNumber(of tenant: String, in db: Database) throws -> Int {
        try SQLRequest<Int>(
            literal: "SELECT COALESCE(MAX(number), 0) + 1 FROM quotes WHERE tenant = \(tenant)"
        ).fetchOne(db) ?? 1
    }
}

struct Quotes: Sendable {
    let database: DatabaseQueue
    let news: News

    func routes(on api: APIRoutes) {
        api.get("quotes", scope: "quotes:read", use: list)
        api.get("quotes/:id", scope: "quotes:read", use: one)
        api.post("quotes", scope: "quotes:write", use: create)
        api.put("quotes/:id", scope: "quotes:write", use: update)
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> PageAnswer<Quote> {
        let page = try PageRequest(request)
        return try await database.read { try Quote.page(page, of: context.tenant, in: $0) }
    }

    private func one(_ request: Request, _ context: APIContext) async throws -> Answer<Quote> {
        let id = context.idInPath
        return Answer(try await database.read { try Quote.require(id, of: context.tenant, in: $0) })
    }

    private func create(_ request: Request, _ context: APIContext) async throws -> Answer<Quote> {
        let change = try await request.body(as: Quote.Change.self)
        let clientID = try required(change.clientID, "client_id")
        let lineItems = try required(change.lineItems, "line_items")
        let quote = try await database.write { db in
            let client = try Client.require(clientID, inField: "client_id", of: context.tenant, in: db)
            var quote = Quote(
                number: try Quote.nextNumber(of: context.tenant, in: db), to: client, lineItems, at: .now)
            quote.apply(change, at: quote.createdAt)
            try quote.insert(for: context.tenant, in: db)
            return quote
        }
        news.tell(.quoteCreated, quote, to: context.tenant)
        return Answer(quote, status: .created)
    }

    private func update(_ request: Request, _ context: APIContext) async throws -> Answer<Quote> {
        let (id, change) = (context.idInPath, try await request.body(as: Quote.Change.self))
        let quote = try await database.write { db in
            var quote = try Quote.require(id, of: context.tenant, in: db)
            if let client = change.clientID {
                _ = try Client.require(client, inField: "client_id", of: context.tenant, in: db)
            }
            quote.apply(change, at: .now)
            try quote.update(for: context.tenant, in: db)
            return quote
        }
        news.tell(.quoteUpdated, quote, to: context.tenant)
        return Answer(quote)
    }
}
