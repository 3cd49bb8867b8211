import Foundation
import GRDB

extension CrewKeel {
    func seed(tenant: String) throws {
        try database.write { database in
            let hasSome = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM job WHERE tenant = ?)", arguments: [tenant])
            guard hasSome == false else { return }
            let now = Date.now
            let customer = try body(NewCustomer.self, #"{"display_name": "Harbour Café", "phone": "+49 40 5550100"}"#)
                .insert(for: tenant, at: now, database)
            for text in [
                """
                {"title": "Repair the roof", "description": "Storm damage on the north side.", "customer_id": "\(customer.id)",
                 "line_items": [{"description": "Slates", "quantity": 120, "unit_price_cents": 450},
                                {"description": "Hours", "quantity": 16, "unit_price_cents": 6500}]}
                """,
                """
                {"title": "Paint the kitchen", "customer_id": "\(customer.id)",
                 "line_items": [{"description": "Paint, 10 l", "quantity": 3, "unit_price_cents": 8990}]}
                """,
            ] {
                let id = try body(NewJob.self, text).insert(for: tenant, at: now, database)
                guard let job = try Job.find(id, of: tenant, database) else { continue }
                let items = try LineItem.all(of: id, tenant, database)
                _ = try NewDocument(
                    kind: .estimate, job: job, customer: customer.displayName, items: items, isIssued: false
                ).insert(for: tenant, at: now, database)
            }
        }
    }

    /// Through the door that all others come through, too.
    private func body<Body: Decodable>(_ type: Body.Type, _ text: String) throws -> Body {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
