import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

/// What is sold: a thing or a service.
struct Product: TenantRow {
    static let table = "products"

    enum Kind: String, Codable, CaseIterable, Sendable, DatabaseValueConvertible {
        case product, service
    }

    let id: String
    var type: Kind
    var name: String
    var description: String?
    var rate: Money
    /// Whether it is still sold.
    var active = true
    let createdAt: Date
    var updatedAt: Date

    enum CodingKeys: String, CodingKey {
        case id, type, name, description, rate, active
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    init(_ type: Kind, name: String, rate: Money, at now: Date) {
        (id, self.type, self.name, self.rate) = (Identifier.make("prd"), type, name, rate)
        (createdAt, updatedAt) = (now, now)
    }

    /// What is sent to make one or to change one.
    struct Change: Decodable {
        let type: Kind?
        let name: String?
        let description: String??
        let rate: Money?
        let active: Bool?

        init(from decoder: any Decoder) throws {
            let fields = try Fields(decoder, ["type", "name", "description", "rate", "active"])
            type = try fields.optional("type") { try $0.choice($1) }
            name = try fields.optional("name") { try $0.text($1, 1...200) }
            description = try fields.change("description") { try $0.text($1, 1...5_000) }
            rate = try fields.optional("rate") { try $0.money($1) }
            active = try fields.optional("active") { try $0.flag($1) }
        }
    }

    mutating func apply(_ change: Change, at now: Date) {
        if let type = change.type { self.type = type }
        if let name = change.name { self.name = name }
        if let description = change.description { self.description = description }
        if let rate = change.rate { self.rate = rate }
        if let active = change.active { self.active = active }
        updatedAt = now
    }
}

struct Products: Sendable {
    let database: DatabaseQueue

    func routes(on api: APIRoutes) {
        api.get("products", scope: "products:read", use: list)
        api.get("products/:id", scope: "products:read", use: one)
        api.post("products", scope: "products:write", use: create)
        api.put("products/:id", scope: "products:write", use: update)
    }

    /// `?type=service` leaves out the things, `?type=product` the services.
    private func list(_ request: Request, _ context: APIContext) async throws -> PageAnswer<Product> {
        let page = try PageRequest(request)
        guard let type = request.uri.queryParameters.get("type") else {
            return try await database.read { try Product.page(page, of: context.tenant, in: $0) }
        }
        guard let kind = Product.Kind(rawValue: type) else {
            throw APIRefusal.invalidRequest("type must be one of: product, service.")
        }
        return try await database.read {
            try Product.page(page, of: context.tenant, where: "type = \(kind)", in: $0)
        }.filtered(by: "type", kind.rawValue)
    }

    private func one(_ request: Request, _ context: APIContext) async throws -> Answer<Product> {
        let id = context.idInPath
        return Answer(try await database.read { try Product.require(id, of: context.tenant, in: $0) })
    }

    /// A service, unless it is said to be a product.
    private func create(_ request: Request, _ context: APIContext) async throws -> Answer<Product> {
        let change = try await request.body(as: Product.Change.self)
        var product = Product(
            change.type ?? .service, name: try required(change.name, "name"),
            rate: try required(change.rate, "rate"), at: .now)
        product.apply(change, at: product.createdAt)
        let made = product
        try await database.write { try made.insert(for: context.tenant, in: $0) }
        return Answer(made, status: .created)
    }

    private func update(_ request: Request, _ context: APIContext) async throws -> Answer<Product> {
        let (id, change) = (context.idInPath, try await request.body(as: Product.Change.self))
        return Answer(
            try await database.write { db in
                var product = try Product.require(id, of: context.tenant, in: db)
                product.apply(change, at: .now)
                try product.update(for: context.tenant, in: db)
                return product
            })
    }
}
