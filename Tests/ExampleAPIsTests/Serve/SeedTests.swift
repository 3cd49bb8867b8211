import Foundation
import GRDB
import Synchronization
import Testing

@testable import ExampleAPIs

@Suite("latchkey-examples seed")
struct SeedTests {
    @Test("each API gets something to look at, once, for each organization, and nothing where there is something")
    func seed() throws {
        try withDirectory { directory in
            let (autochat, craftdesk) = (
                try Autochat(directory.database(of: "autochat")), try CraftDesk(directory.database(of: "craftdesk"))
            )
            for tenant in ["org_a", "org_b", "org_a"] {
                try autochat.seed(tenant: tenant)
                try craftdesk.seed(tenant: tenant)
            }
            for tenant in ["org_a", "org_b"] {
                let (clients, invoices) = try autochat.database.read { db in
                    (
                        try Client.count(of: tenant, in: db),
                        try Invoice.count(of: tenant, where: "status = 'sent' AND total > 0", in: db)
                    )
                }
                #expect(clients == 2 && invoices == 2)
            }
            let (tasks, strangers) = try craftdesk.database.read { db in
                (
                    try ProjectTask.count(of: "org_b", where: "assignee_id IS NOT NULL", in: db),
                    try TeamMember.count(of: "org_c", in: db)
                )
            }
            #expect(tasks == 3 && strangers == 0)
        }
    }

    @Test("serve and seed may open a new directory at the same moment")
    func together() throws {
        for _ in 0..<5 {
            try withDirectory { directory in
                for api in Examples.all { try open(api, in: directory) }
            }
        }
    }

    /// Four at once, each with a connection of its own, as four processes have.
    private func open<API: ExampleAPI>(_ type: API.Type, in directory: DataDirectory) throws {
        let failures = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            do {
                try API(directory.database(of: API.name)).seed(tenant: "org_a")
            } catch {
                failures.withLock { $0.append("\(error)") }
            }
        }
        let messages = failures.withLock { $0 }
        #expect(messages == [], "\(API.name)")
    }
}
