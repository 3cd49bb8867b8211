import ArgumentParser
import JOSE

/// `latchkey members role`
struct MembersRole: MembersChange {
    static let configuration = CommandConfiguration(
        commandName: "role", abstract: "Make a member an owner, admin, member or viewer.",
        discussion: """
            Only owners decide who owns the organization.

              latchkey members role grace@example.com admin
            """)

    @Argument(help: "Their mail address or id.")
    var member: String

    @Argument(help: "owner, admin, member or viewer.")
    var role: TypedRole

    @OptionGroup var choice: OrganizationChoice
    @OptionGroup var options: OrganizationOptions

    func change(_ organization: OrganizationReport, by calls: OrganizationCalls) async throws -> ChangeReport {
        let found = try await calls.member(member, of: organization)
        let body = try await calls.give(found, role, in: organization)
        return ChangeReport(json: body, text: "\(found.called) is \(role.phrase) of \(organization.name) now.")
    }
}

/// `latchkey members remove`
struct MembersRemove: MembersChange {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a member. Their logins of this organization end at once.",
        discussion: """
            API tokens that they made belong to the organization and stay; its owners and admins are told by mail.

              latchkey members remove grace@example.com
            """)

    @Argument(help: "Their mail address or id.")
    var member: String

    @Flag(help: "Do not ask before.")
    var yes = false

    @OptionGroup var choice: OrganizationChoice
    @OptionGroup var options: OrganizationOptions

    func change(_ organization: OrganizationReport, by calls: OrganizationCalls) async throws -> ChangeReport {
        let found = try await calls.member(member, of: organization)
        try confirm(
            yes, "\(found.called) will be signed out of \(organization.name) and can come back by invitation only.",
            command: "remove \(found.userID)", organization)
        _ = try await calls.call(.delete, "\(organization.path)/members/\(found.userID)")
        return ChangeReport(
            json: ["user_id": .string(found.userID), "status": .string("removed")],
            text: "Removed \(found.called) from \(organization.name).")
    }
}

/// `latchkey members leave`
struct MembersLeave: MembersChange {
    static let configuration = CommandConfiguration(
        commandName: "leave", abstract: "Leave an organization. Your logins of it end at once.",
        discussion: """
            The last owner cannot leave: hand it over first, with latchkey members transfer.

              latchkey members leave --organization analytical-engines
            """)

    @Flag(help: "Do not ask before.")
    var yes = false

    @OptionGroup var choice: OrganizationChoice
    @OptionGroup var options: OrganizationOptions

    func change(_ organization: OrganizationReport, by calls: OrganizationCalls) async throws -> ChangeReport {
        let person = try await calls.person()
        let isPresent = person["organization"]?.object?["id"]?.string == organization.id
        try confirm(
            yes, "You will be signed out of \(organization.name) and can come back by invitation only.",
            command: "leave", organization)
        let id = person["id"]?.string?.printable ?? ""
        _ = try await calls.call(.delete, "\(organization.path)/members/\(id)")
        let hint = "\nThis login was of it, and is over. Log in again with: latchkey login"
        return ChangeReport(
            json: [
                "organization": .string(organization.id), "status": .string("left"), "login_ended": .bool(isPresent),
            ], text: "You left \(organization.name).\(isPresent ? hint : "")")
    }
}

/// `latchkey members transfer`
struct MembersTransfer: MembersChange {
    static let configuration = CommandConfiguration(
        commandName: "transfer", abstract: "Hand an organization to another member: they own it, you are an admin.",
        discussion: """
            Other owners stay. For one more owner beside you: latchkey members role EMAIL owner

              latchkey members transfer grace@example.com
            """)

    @Argument(help: "The mail address or id of who will own it.")
    var member: String

    @Flag(help: "Do not ask before.")
    var yes = false

    @OptionGroup var choice: OrganizationChoice
    @OptionGroup var options: OrganizationOptions

    func change(_ organization: OrganizationReport, by calls: OrganizationCalls) async throws -> ChangeReport {
        let own = MemberReport(json: try await calls.person())
        let found = try await calls.member(member, of: organization)
        guard found.userID != own.text("id") else {
            throw CommandFailure(
                .usedWrongly, code: "same_person", "\(organization.name) cannot be handed to yourself.",
                next: "Name another member: latchkey members list")
        }
        try confirm(
            yes, "\(found.called) will own \(organization.name), and you will be an admin: only an owner can undo it.",
            command: "transfer \(found.userID)", organization)
        let owner = try await calls.give(found, .owner, in: organization)
        let me = try await calls.member(own.text("id"), of: organization)
        _ = try await calls.give(me, .admin, in: organization)
        return ChangeReport(
            json: owner, text: "\(found.called) owns \(organization.name) now, and you are an admin.")
    }
}

extension OrganizationCalls {
    fileprivate func give(
        _ member: MemberReport, _ role: TypedRole, in organization: OrganizationReport
    ) async throws -> JSONObject {
        try await call(
            .patch, "\(organization.path)/members/\(member.userID)", ["role": .string(role.rawValue)])
    }
}

extension TypedRole {
    /// As in a sentence.
    fileprivate var phrase: String {
        switch self {
        case .owner: "an owner"
        case .admin: "an admin"
        case .member: "a member"
        case .viewer: "a viewer"
        }
    }
}
