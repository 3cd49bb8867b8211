import Database
import JOSE
import Synchronization
import Testing

@testable import Identity

/// The invitations that were written, in order.
final class InvitationLetters: Sendable {
    private let letters = Mutex<[InvitationLetter]>([])

    func append(_ letter: InvitationLetter) {
        letters.withLock { $0.append(letter) }
    }

    var all: [InvitationLetter] { letters.withLock { $0 } }
}

extension InvitationLetter {
    /// The token in the fragment of the link.
    var token: String {
        link.split(separator: "#token=", maxSplits: 1).last.map(String.init) ?? ""
    }
}

extension World {
    /// Takes a membership away past all rules.
    func loseMembership(_ visitor: Visitor) async throws {
        try await tamper(
            "DELETE FROM memberships WHERE user_id = ? AND organization_id = ?", .integer(visitor.user.id.rawValue),
            .integer(visitor.organization.id.rawValue))
    }

    /// Makes someone a member, without an invitation.
    func join(
        _ visitor: Visitor, _ organization: Organization.ID, as role: Role, at now: Instant = .start
    ) async throws {
        try await provider.organizations.join(organization, visitor.user.id, as: role, at: now, from: .server)
    }

    func role(of visitor: Visitor, in organization: Organization.ID) async throws -> Role? {
        try await provider.organizations.membership(of: visitor.user.id, in: organization)?.role
    }

    /// Invites, and reads the token of the letter.
    func invite(
        _ email: String, as role: Role = .member, twice: Bool = false, to organization: Organization.ID,
        by actor: Visitor, at now: Instant = .start
    ) async throws -> String {
        let address = try #require(EmailAddress(email))
        for _ in 0..<(twice ? 2 : 1) {
            _ = try await provider.invitations.invite(
                address, as: role, to: organization, by: actor.login, at: now, from: .desk
            ).get()
        }
        return try #require(invitations.all.last { $0.recipient == address }).token
    }

    /// How many owners an organization has.
    func owners(of organization: Organization.ID) async throws -> Int64 {
        try await number(
            "SELECT COUNT(*) FROM memberships WHERE organization_id = ? AND role = 'owner'",
            .integer(organization.rawValue))
    }

    /// A call that may be made again.
    func call(_ key: String = "k", credential: String = "grt_1", body: String = "") -> RepeatableCall {
        RepeatableCall(
            credential: credential, key: key, parts: [Array("POST".utf8), Array("/".utf8), Array(body.utf8)])
    }

    /// Records an answer outside of any operation.
    func record(_ body: String, of call: RepeatableCall, at now: Instant = .start) async throws {
        try await provider.recordedAnswers.record(
            RecordedAnswer(status: 200, body: Array(body.utf8)), of: call, at: now)
    }
}
