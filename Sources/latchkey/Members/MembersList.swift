import ArgumentParser
import JOSE

/// `latchkey members list`
struct MembersList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show who belongs to an organization, and as what.",
        discussion: """
              latchkey members list
              latchkey members list --json | jq -r '.members[] | select(.role == "owner") | .email'
            """)

    @OptionGroup var paging: PageOptions
    @OptionGroup var choice: OrganizationChoice
    @OptionGroup var options: OrganizationOptions

    func run() async throws {
        try await options.withServer { calls in
            let organization = try await calls.organization(choice.organization)
            let body = try await calls.call(.get, "\(organization.path)/members?\(paging.query)")
            let terminal = Terminal.standard
            if options.output.json { return terminal.json(body) }
            let members = (body["members"]?.array ?? []).compactMap(\.object).map(MemberReport.init)
            let total = body["pagination"]?.object?["total"]?.integer ?? 0
            guard !members.isEmpty else {
                return terminal.line("There is nothing on this page: \(total.grouped) members in all.")
            }
            terminal.columns(
                [["EMAIL", "NAME", "ROLE", "SINCE", "ID"]]
                    + members.map { [$0.email, $0.text("name"), $0.text("role"), $0.time("created_at"), $0.userID] })
            if let rest = paging.rest(showing: members.count, of: total) { terminal.line(rest) }
        }
    }
}

/// `latchkey members invitations`
struct MembersInvitations: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invitations", abstract: "Show which invitations wait to be accepted.",
        discussion: """
              latchkey members invitations
              latchkey members invitations --json | jq -r '.invitations[].email'
            """)

    @OptionGroup var paging: PageOptions
    @OptionGroup var choice: OrganizationChoice
    @OptionGroup var options: OrganizationOptions

    func run() async throws {
        try await options.withServer { calls in
            let organization = try await calls.organization(choice.organization)
            let body = try await calls.call(.get, "\(organization.path)/invitations?\(paging.query)")
            let terminal = Terminal.standard
            if options.output.json { return terminal.json(body) }
            let invitations = (body["invitations"]?.array ?? []).compactMap(\.object).map(MemberReport.init)
            let total = body["pagination"]?.object?["total"]?.integer ?? 0
            guard !invitations.isEmpty else {
                return terminal.line(
                    total == 0
                        ? "No invitation waits. Send one with: latchkey members invite EMAIL"
                        : "There is nothing on this page: \(total.grouped) invitations in all.")
            }
            terminal.columns(
                [["EMAIL", "ROLE", "STATUS", "UNTIL", "ID"]]
                    + invitations.map {
                        [$0.email, $0.text("role"), $0.text("status"), $0.time("expires_at"), $0.text("id")]
                    })
            if let rest = paging.rest(showing: invitations.count, of: total) { terminal.line(rest) }
        }
    }
}

/// `latchkey members invite`
struct MembersInvite: MembersChange {
    static let configuration = CommandConfiguration(
        commandName: "invite", abstract: "Mail someone an invitation. To invite again sends a new one.",
        discussion: """
            It works for seven days, once, and for that address alone.

              latchkey members invite grace@example.com --role admin
            """)

    @Argument(help: "Their mail address.")
    var email: String

    @Option(help: "What they will be: owner, admin, member or viewer.")
    var role = TypedRole.member

    @OptionGroup var choice: OrganizationChoice
    @OptionGroup var options: OrganizationOptions

    func change(_ organization: OrganizationReport, by calls: OrganizationCalls) async throws -> ChangeReport {
        let body = try await calls.call(
            .post, organization.path + "/invitations", ["email": .string(email), "role": .string(role.rawValue)])
        let invitation = MemberReport(json: body)
        return ChangeReport(
            json: body,
            text: "Invited \(invitation.email) to \(organization.name) as \(role.rawValue), until "
                + "\(invitation.time("expires_at")).")
    }
}

/// `latchkey members withdraw`
struct MembersWithdraw: MembersChange {
    static let configuration = CommandConfiguration(
        commandName: "withdraw", abstract: "Withdraw an invitation that was not accepted yet.",
        discussion: """
              latchkey members withdraw grace@example.com
            """)

    @Argument(help: "The address it was sent to, or its id.")
    var invitation: String

    @OptionGroup var choice: OrganizationChoice
    @OptionGroup var options: OrganizationOptions

    func change(_ organization: OrganizationReport, by calls: OrganizationCalls) async throws -> ChangeReport {
        let all = try await calls.all(organization.path + "/invitations", "invitations").map(MemberReport.init)
        guard
            let found = all.first(where: {
                $0.text("id") == invitation || $0.email.lowercased() == invitation.lowercased()
            })
        else {
            throw CommandFailure(
                .refused, code: "not_found", "No invitation to \(invitation) waits.",
                next: "See those that do with: latchkey members invitations")
        }
        _ = try await calls.call(.delete, "\(organization.path)/invitations/\(found.text("id"))")
        return ChangeReport(
            json: ["id": .string(found.text("id")), "status": .string("withdrawn")],
            text: "Withdrew the invitation of \(found.email).")
    }
}
