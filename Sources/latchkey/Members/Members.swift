import ArgumentParser
import JOSE

/// `latchkey members`
struct Members: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, invite, promote and remove the members of an organization.",
        discussion: """
            Of the organization of your login, or of another of yours with --organization. People are named by their \
            mail address or id.

              latchkey members list
              latchkey members invite grace@example.com --role admin
              latchkey members role grace@example.com member
              latchkey members remove grace@example.com
              latchkey members transfer grace@example.com      she owns it, and you are an admin

            Each of these commands takes --json.
            """,
        subcommands: [
            MembersList.self, MembersInvite.self, MembersInvitations.self, MembersWithdraw.self, MembersRole.self,
            MembersRemove.self, MembersLeave.self, MembersTransfer.self,
        ])
}

/// The roles, as they are typed.
enum TypedRole: String, ExpressibleByArgument, CaseIterable {
    case owner, admin, member, viewer
}

/// A member or an invitation as the server tells it, for people.
struct MemberReport {
    let json: JSONObject

    func text(_ name: String) -> String { json[name]?.string?.printable ?? "" }
    func time(_ name: String) -> String { Instant(json: json[name])?.readable ?? "-" }

    var email: String { text("email") }
    var userID: String { text("user_id") }
    /// As in a sentence.
    var called: String { text("name").isEmpty ? email : "\(text("name")) <\(email)>" }
}

extension OrganizationCalls {
    /// A member by mail address or id.
    func member(_ named: String, of organization: OrganizationReport) async throws -> MemberReport {
        let members = try await all(organization.path + "/members", "members").map(MemberReport.init)
        guard
            let found = members.first(where: { $0.userID == named || $0.email.lowercased() == named.lowercased() })
        else {
            throw CommandFailure(
                .refused, code: "not_found", "\(organization.name) has no member \(named).",
                next: "See who belongs to it with: latchkey members list")
        }
        return found
    }
}
