import Foundation
import GRDB

extension CraftDesk {
    func seed(tenant: String) throws {
        try database.write { db in
            guard try TeamMember.count(of: tenant, in: db) == 0, try Project.count(of: tenant, in: db) == 0 else {
                return
            }
            let now = Date.now
            let team = [
                TeamMember("Ada Lovelace", "ada@example.com", .owner, at: now),
                TeamMember("José Núñez", "jose@example.com", .member, at: now),
            ]
            for member in team { try member.insert(for: tenant, in: db) }
            for (name, titles) in [
                ("Harbour café", ["Measure the kitchen", "Choose the tiles"]), ("Loft", ["Order the beams"]),
            ] {
                let project = Project(name: name, at: now)
                try project.insert(for: tenant, in: db)
                for (index, title) in titles.enumerated() {
                    var task = ProjectTask(title, in: project, at: now)
                    task.assigneeID = team[index % team.count].id
                    try task.insert(for: tenant, in: db)
                }
            }
        }
    }
}
