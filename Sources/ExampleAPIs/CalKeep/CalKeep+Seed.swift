import Foundation
import GRDB

extension CalKeep {
    func seed(tenant: String) throws {
        try store.database.write { database in
            let hasSome = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM workspace WHERE id = ?)", arguments: [tenant])
            guard hasSome == false else { return }
            try database.execute(
                sql: "INSERT INTO workspace (id, name, time_zone) VALUES (?, 'Harbour Studio', 'Europe/Berlin')",
                arguments: [tenant])
            try seed(Rows(database: database, workspace: tenant), at: .now)
        }
    }

    private func seed(_ rows: Rows, at now: Date) throws {
        var contacts: [Contact] = []
        for text in [
            #"{"name": "Grace Hopper", "email": "grace@example.com", "company": "Harbour Café"}"#,
            #"{"name": "José Núñez", "phone": "+34 910 550100"}"#,
        ] {
            contacts.append(try JSONDecoder().decode(NewContact.self, from: Data(text.utf8)).insert(rows, at: now))
        }
        for (days, contact) in contacts.enumerated() {
            let start = now.addingTimeInterval(Double(days + 1) * 86_400)
            try rows.database.execute(
                sql: """
                    INSERT INTO booking
                        (id, workspace, title, status, contact_id, starts_at, ends_at, created_at)
                    VALUES (?, ?, 'First meeting', 'confirmed', ?, ?, ?, ?)
                    """,
                arguments: [
                    Identifier.make("bkg"), rows.workspace, contact.id, start, start.addingTimeInterval(3_600), now,
                ])
        }
        for (provider, error) in [("google", nil), ("microsoft", "The account must be connected again.")] {
            try rows.database.execute(
                sql: """
                    INSERT INTO calendar_account (id, workspace, provider, address, last_synced_at, last_error)
                    VALUES (?, ?, ?, 'studio@example.com', ?, ?)
                    """,
                arguments: [Identifier.make("cal"), rows.workspace, provider, now, error])
        }
    }
}
