import Testing

@testable import Identity

@Suite("The permission table")
struct OrganizationActionTests {
    /// Every cell, written a second time: a change of the table is a change of this test.
    private static let cells: [(OrganizationAction, owner: Bool, admin: Bool, member: Bool, viewer: Bool)] = [
        (.read, true, true, true, true),
        (.readMembers, true, true, true, true),
        (.rename, true, true, false, false),
        (.changeRoles, true, true, false, false),
        (.changeOwners, true, false, false, false),
        (.removeMembers, true, true, false, false),
        (.invite, true, true, false, false),
        (.readInvitations, true, true, false, false),
        (.revokeInvitations, true, true, false, false),
        (.readTokens, true, true, false, false),
        (.mintTokens, true, true, false, false),
        (.renameTokens, true, true, false, false),
        (.revokeTokens, true, true, false, false),
        (.readAudit, true, true, false, false),
        (.readWebhooks, true, true, false, false),
        (.manageWebhooks, true, true, false, false),
    ]

    @Test("lets each role do what is written here, and nothing else", arguments: cells.map(\.0))
    func cell(action: OrganizationAction) throws {
        let row = try #require(Self.cells.first { $0.0 == action })
        #expect(Role.owner.may(action) == row.owner)
        #expect(Role.admin.may(action) == row.admin)
        #expect(Role.member.may(action) == row.member)
        #expect(Role.viewer.may(action) == row.viewer)
    }

    @Test("has a row for every action, and this test too")
    func complete() {
        #expect(Set(Self.cells.map(\.0)) == Set(OrganizationAction.allCases))
        #expect(Set(Role.permissions.keys) == Set(Role.allCases))
    }

    @Test("lets owners alone give ownership, admins every other role, and the rest none")
    func giving() {
        for role in Role.allCases {
            #expect(Role.owner.mayGive(role))
            #expect(Role.admin.mayGive(role) == (role != .owner))
            #expect(!Role.member.mayGive(role) && !Role.viewer.mayGive(role))
        }
    }
}

@Suite("Plans")
struct PlanTermsTests {
    private let plans = PlanCatalog.standard

    @Test("have terms each, which an operator may change one by one")
    func rows() {
        #expect(plans.all.map(\.plan) == Organization.Plan.allCases)
        var pro = PlanTerms.pro
        pro.callsPerMinute = 7
        let changed = PlanCatalog([pro])
        #expect(changed.all == [.free, pro, .business, .enterprise])
    }

    @Test(
        "seed 000: tokens from Pro on, 100 requests a minute; seed 001: Business and Enterprise, which has higher limits"
    )
    func tokens() {
        #expect(plans.all.map(\.mintsAPITokens) == [false, true, true, true])
        #expect(PlanTerms.pro.callsPerMinute == 100)
        #expect(PlanTerms.business.callsPerMinute == 100)
        #expect(PlanTerms.enterprise.callsPerMinute > 100)
        #expect(plans.all.filter { !$0.mintsAPITokens }.allSatisfy { $0.callsPerMinute == 0 })
    }

    @Test("seed 003: custom scopes from Business on; a plan with higher limits allows more calls in a billing period")
    func scopes() {
        #expect(plans.all.map(\.customScopes) == [false, false, true, true])
        let calls = plans.all.map { $0.callsPerPeriod ?? .max }
        #expect(calls == calls.sorted() && Set(calls).count == calls.count)
    }
}
