import Foundation
import GRDB

extension Autochat {
    func seed(tenant: String) throws {
        try database.write { db in
            guard try Client.count(of: tenant, in: db) == 0 else { return }
            let now = Date.now
            var clients: [Client] = []
            for (name, email) in [("Café Zoë", "hallo@zoe.example"), ("Northwind Ltd", "accounts@northwind.example")] {
                var client = Client(name: name, at: now)
                client.email = email
                try client.insert(for: tenant, in: db)
                clients.append(client)
            }
            let design = Product(.service, name: "Design, an hour", rate: Money(cents: 9_500), at: now)
            let stand = Product(.product, name: "Menu stand", rate: Money(cents: 2_490), at: now)
            for product in [design, stand] { try product.insert(for: tenant, in: db) }
            try seedDocuments(tenant, clients, design, at: now, db)
        }
    }

    private func seedDocuments(
        _ tenant: String, _ clients: [Client], _ design: Product, at now: Date, _ db: Database
    ) throws {
        for (client, hours) in zip(clients, [Int64(12), 30]) {
            let line = BilledLine(design.name, quantity: Quantity(thousandths: hours * 1_000), rate: design.rate)
            let due = Day(now.addingTimeInterval(30 * 86_400))
            var invoice = Invoice(
                number: try Invoice.nextNumber(of: tenant, in: db), to: client, due: due, [line], at: now)
            try invoice.move(to: .sent, at: now)
            try invoice.insert(for: tenant, in: db)
            var project = ClientProject(name: "Website for \(client.name)", at: now)
            (project.clientID, project.status) = (client.id, .active)
            try project.insert(for: tenant, in: db)
        }
    }
}
