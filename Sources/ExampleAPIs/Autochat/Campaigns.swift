import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

/// Clients who are to be told of something.
struct Campaign: TenantRow {
    static let table = "campaigns"

    let id: String
    let name: String
    let createdAt: Date

    enum CodingKeys: String, CodingKey {
        case id, name
        case createdAt = "created_at"
    }

    init(name: String, at now: Date) {
        (id, self.name, createdAt) = (Identifier.make("cmp"), name, now)
    }

    /// `{"name": "Spring"}`
    struct Draft: Decodable {
        let name: String

        init(from decoder: any Decoder) throws {
            name = try Fields(decoder, ["name"]).text("name", 1...200)
        }
    }

    /// `{"client_ids": ["cli_…"]}`
    struct Addition: Decodable {
        static let maximumCount = 500
        let clientIDs: [String]

        init(from decoder: any Decoder) throws {
            clientIDs = try Fields(decoder, ["client_ids"]).texts("client_ids", 1...Self.maximumCount)
        }
    }
}

/// What `marketing:write` is for: campaigns are made, and clients added to them.
struct Campaigns: Sendable {
    let database: DatabaseQueue

    func routes(on api: APIRoutes) {
        api.post("marketing/campaigns", scope: "marketing:write", use: create)
        api.post("marketing/campaigns/:id/clients", scope: "marketing:write", use: addClients)
    }

    /// A campaign with its clients counted.
    struct Standing: Encodable, Sendable {
        let id: String
        let name: String
        let createdAt: Date
        let clientCount: Int
        /// How many of the clients that were sent were not in it before.
        let added: Int

        enum CodingKeys: String, CodingKey {
            case id, name, added
            case createdAt = "created_at"
            case clientCount = "client_count"
        }

        init(_ campaign: Campaign, clients: Int, added: Int) {
            (id, name, createdAt) = (campaign.id, campaign.name, campaign.createdAt)
            (clientCount, self.added) = (clients, added)
        }
    }

    private func create(_ request: Request, _ context: APIContext) async throws -> Answer<Standing> {
        let campaign = Campaign(name: try await request.body(as: Campaign.Draft.self).name, at: .now)
        try await database.write { db in
            do {
                try campaign.insert(for: context.tenant, in: db)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
                throw APIRefusal(.badRequest, "name_taken", "There is a campaign of this name already.")
            }
        }
        return Answer(Standing(campaign, clients: 0, added: 0), status: .created)
    }

    /// All of them or none. Who is in it already stays in it, once.
    private func addClients(_ request: Request, _ context: APIContext) async throws -> Answer<Standing> {
        let (id, addition) = (context.idInPath, try await request.body(as: Campaign.Addition.self))
        let standing = try await database.write { db in
            let campaign = try Campaign.require(id, of: context.tenant, in: db)
            let before = try count(campaign, of: context.tenant, in: db)
            for (index, client) in addition.clientIDs.enumerated() {
                _ = try Client.require(client, inField: "client_ids[\(index)]", of: context.tenant, in: db)
                try db.execute(
                    literal: """
                        INSERT INTO campaign_clients (tenant, campaign_id, client_id)
                        VALUES (\(context.tenant), \(campaign.id), \(client)) ON CONFLICT DO NOTHING
                        """)
            }
            let after = try count(campaign, of: context.tenant, in: db)
            return Standing(campaign, clients: after, added: after - before)
        }
        return Answer(standing)
    }

    private func count(_ campaign: Campaign, of tenant: String, in db: Database) throws -> Int {
        try SQLRequest<Int>(
            literal: """
                SELECT COUNT(*) FROM campaign_clients WHERE tenant = \(tenant) AND campaign_id = \(campaign.id)
                """
        ).fetchOne(db) ?? 0
    }
}

extension Fields {
    /// A list of names of things.
    func texts(_ name: String, _ count: ClosedRange<Int>) throws -> [String] {
        let wanted = "must be a list of \(count.lowerBound) to \(count.upperBound) texts"
        let texts = try value(name, [String].self, wanted)
        guard count.contains(texts.count), texts.allSatisfy({ (1...100).contains($0.utf8.count) }) else {
            throw refusal(name, wanted)
        }
        return texts
    }
}
