import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

/// Someone who buys.
struct Client: TenantRow {
    static let table = "clients"

    let id: String
    var name: String
    var email: String?
    var phone: String?
    var company: String?
    var address: String?
    var notes: String?
    let createdAt: Date
    var updatedAt: Date

    enum CodingKeys: String, CodingKey {
        case id, name, email, phone, company, address, notes
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    init(name: String, at now: Date) {
        (id, self.name, createdAt, updatedAt) = (Identifier.make("cli"), name, now, now)
    }

    /// What is sent to make one or to change one.
    struct Change: Decodable {
        let name: String?
        let email: String??
        let phone: String??
        let company: String??
        let address: String??
        let notes: String??

        init(from decoder: any Decoder) throws {
            let fields = try Fields(decoder, ["name", "email", "phone", "company", "address", "notes"])
            name = try fields.optional("name") { try $0.text($1, 1...200) }
            email = try fields.change("email") { try $0.email($1) }
            phone = try fields.change("phone") { try $0.text($1, 1...50) }
            company = try fields.change("company") { try $0.text($1, 1...200) }
            address = try fields.change("address") { try $0.text($1, 1...500) }
            notes = try fields.change("notes") { try $0.text($1, 1...5_000) }
        }
    }

    mutating func apply(_ change: Change, at now: Date) {
        if let name = change.name { self.name = name }
        if let email = change.email { self.email = email }
        if let phone = change.phone { self.phone = phone }
        if let company = change.company { self.company = company }
        if let address = change.address { self.address = address }
        if let notes = change.notes { self.notes = notes }
        updatedAt = now
    }
}

struct Clients: Sendable {
    let database: DatabaseQueue
    let news: News

    func routes(on api: APIRoutes) {
        api.get("clients", scope: "clients:read", use: list)
        api.get("clients/:id", scope: "clients:read", use: one)
        api.post("clients", scope: "clients:write", use: create)
        api.put("clients/:id", scope: "clients:write", use: update)
        api.delete("clients/:id", scope: "clients:write", use: delete)
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> PageAnswer<Client> {
        let page = try PageRequest(request)
        return try await database.read { try Client.page(page, of: context.tenant, in: $0) }
    }

    private func one(_ request: Request, _ context: APIContext) async throws -> Answer<Client> {
        let id = context.idInPath
        return Answer(try await database.read { try Client.require(id, of: context.tenant, in: $0) })
    }

    private func create(_ request: Request, _ context: APIContext) async throws -> Answer<Client> {
        let change = try await request.body(as: Client.Change.self)
        var client = Client(name: try required(change.name, "name"), at: .now)
        client.apply(change, at: client.createdAt)
        let made = client
        try await database.write { try made.insert(for: context.tenant, in: $0) }
        news.tell(.clientCreated, made, to: context.tenant)
        return Answer(made, status: .created)
    }

    private func update(_ request: Request, _ context: APIContext) async throws -> Answer<Client> {
        let (id, change) = (context.idInPath, try await request.body(as: Client.Change.self))
        let client = try await database.write { db in
            var client = try Client.require(id, of: context.tenant, in: db)
            client.apply(change, at: .now)
            try client.update(for: context.tenant, in: db)
            return client
        }
        news.tell(.clientUpdated, client, to: context.tenant)
        return Answer(client)
    }

    private func delete(_ request: Request, _ context: APIContext) async throws -> Answer<Deleted> {
        let id = context.idInPath
        try await database.write { db in
            let client = try Client.require(id, of: context.tenant, in: db)
            do {
                try client.delete(for: context.tenant, in: db)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
                throw APIRefusal(
                    .badRequest, "client_in_use",
                    "This client has invoices, quotes or projects, which would be left without one. It stays.")
            }
        }
        news.tell(.clientDeleted, Deleted(id: id), to: context.tenant)
        return Answer(Deleted(id: id))
    }
}

/// What is answered for something that is gone. The document has no 204.
struct Deleted: Encodable, Sendable {
    let id: String
    let deleted = true
}
