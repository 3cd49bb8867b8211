import Database
package import JOSE

extension AuditRecord {
    /// Someone whom an event names, as they are called now.
    package struct Person: Hashable, Sendable {
        package let name: String
        package let email: EmailAddress
    }

    /// The members of `detail` in which this server writes who it was done to. An identifier in any other is not looked
    /// up: a label or a name is what someone typed, who would learn whose it is.
    private static let namingMembers: Set<String> = ["member", "user"]

    /// Who is named by a member of `detail`; nil: it names nobody.
    package static func person(namedBy member: (name: String, value: JSONValue)) -> User.ID? {
        namingMembers.contains(member.name) ? member.value.string.flatMap(User.ID.init) : nil
    }

    /// Those whom events name. Who is gone altogether is missing.
    static func people(namedIn records: [AuditRecord], _ transaction: Transaction) throws -> [User.ID: Person] {
        var people: [User.ID: Person] = [:]
        for member in records.flatMap(\.detail.members) {
            guard let id = person(namedBy: (member.name, member.value)), people[id] == nil,
                let user = try User.find(id, in: transaction)
            else { continue }
            people[id] = Person(name: user.name, email: user.email)
        }
        return people
    }
}
