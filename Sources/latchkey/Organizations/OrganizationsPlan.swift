import ArgumentParser
import Identity
import JOSE
import LatchkeyVerifier

/// `latchkey organizations plan`
struct OrganizationsPlan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "For whoever runs the server: put an organization on another plan.",
        discussion: """
            Works on the data itself, with the same settings as serve, beside running servers or without any. It holds \
            from the next request on. What each plan allows is in the setting plans; on a plan without API tokens those \
            that there are stop working, and work again on one that has them.

              latchkey organizations plan analytical-engines business
              latchkey organizations plan analytical-engines            what it is on now
            """)

    enum Plan: String, ExpressibleByArgument, CaseIterable {
        case free, pro, business, enterprise
    }

    @Argument(help: "Its slug or id.")
    var organization: String

    @Argument(help: "The plan. Left out: tells which it is.")
    var plan: Plan?

    @OptionGroup var place: DatabaseOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let outcome = try await place.withData { data in
            try await data.persistently {
                try await PlanChange(database: data.database, random: .system).put(
                    organization, on: plan.flatMap { .init(rawValue: $0.rawValue) }, at: .now,
                    from: .command(.organizations))
            }
        }
        guard case .success(let found) = outcome else {
            throw CommandFailure(
                .refused, code: "not_found", "There is no organization called \(organization) in these data.",
                next: "Is it the right --data or --database? The slug is in: latchkey organizations list")
        }
        guard !output.json else {
            return Terminal.standard.json([
                "id": .string(found.id.description), "slug": .string(found.slug), "name": .string(found.name),
                "plan": .string(found.plan.rawValue),
            ])
        }
        let name = "\(found.name.printable) (\(found.slug))"
        Terminal.standard.line("\(name) is on the plan \(found.plan.rawValue)\(plan == nil ? "" : " now").")
    }
}
