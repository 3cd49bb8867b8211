import Testing

@testable import Identity

@Suite("A change of a member's place")
struct MemberChangeTests {
    private func change(
        _ actor: Role, _ role: Role, isSelf: Bool = false, otherOwners: Int64 = 1
    ) -> MemberChange {
        MemberChange(actor: actor, isSelf: isSelf, role: role, otherOwners: otherOwners)
    }

    @Test("of role: who decides about owners is an owner; the rest is an admin's too", arguments: Role.allCases)
    func roles(role: Role) {
        for wanted in Role.allCases {
            let concernsOwners = role != wanted && (role == .owner || wanted == .owner)
            #expect(change(.owner, role).refusal(changingTo: wanted) == nil)
            #expect(
                change(.admin, role).refusal(changingTo: wanted)
                    == (concernsOwners ? .notAllowed(.changeOwners) : nil))
            for actor in [Role.member, .viewer] {
                #expect(change(actor, role).refusal(changingTo: wanted) == .notAllowed(.changeRoles))
            }
        }
    }

    @Test("never leaves an organization without an owner")
    func lastOwner() {
        for wanted in [Role.admin, .member, .viewer] {
            let last = change(.owner, .owner, isSelf: true, otherOwners: 0)
            #expect(last.refusal(changingTo: wanted) == .lastOwner)
            #expect(change(.owner, .owner, isSelf: true).refusal(changingTo: wanted) == nil)
        }
        #expect(change(.owner, .owner, isSelf: true, otherOwners: 0).refusal(changingTo: .owner) == nil)
        #expect(change(.owner, .owner, isSelf: true, otherOwners: 0).refusalOfRemoval == .lastOwner)
        #expect(change(.owner, .owner, otherOwners: 0).refusalOfRemoval == .lastOwner)
    }

    @Test("by going: everyone may leave; admins remove all but owners, owners all", arguments: Role.allCases)
    func removal(role: Role) {
        #expect(change(role, role, isSelf: true).refusalOfRemoval == nil)
        #expect(change(.owner, role).refusalOfRemoval == nil)
        #expect(change(.admin, role).refusalOfRemoval == (role == .owner ? .notAllowed(.changeOwners) : nil))
        for actor in [Role.member, .viewer] {
            #expect(change(actor, role).refusalOfRemoval == .notAllowed(.removeMembers))
        }
    }
}
