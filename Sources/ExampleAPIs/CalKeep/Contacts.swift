import Foundation
import GRDB
import Hummingbird
import LatchkeyHummingbird

/// Somebody the workspace knows.
struct Contact: CalKeepRow {
    let id: String
    var name: String
    var email: String?
    var phone: String?
    var company: String?
    let createdAt: Date
    var updatedAt: Date
}

/// The body of `POST /contacts`.
struct NewContact: Decodable, Sendable {
    static let fields = ["name", "email", "phone", "company"]

    let name: String
    let email: String?
    let phone: String?
    let company: String?

    init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, Self.fields)
        name = try fields.contactName()
        email = try fields.contactEmail()
        phone = try fields.contactPhone()
        company = try fields.contactCompany()
    }

    func insert(_ rows: Rows, at now: Date) throws -> Contact {
        let contact = Contact(
            id: Identifier.make("con"), name: name, email: email, phone: phone, company: company, createdAt: now,
            updatedAt: now)
        try rows.database.execute(
            sql: """
                INSERT INTO contact (id, workspace, name, email, phone, company, created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [contact.id, rows.workspace, name, email, phone, company, now, now])
        return contact
    }
}

/// The body of `PATCH /contacts/:id`: what it does not name stays, and `null` takes away.
struct ContactChange: Decodable, Sendable {
    private let apply: @Sendable (inout Contact) -> Void

    init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, NewContact.fields)
        let (hasEmail, email) = (fields.holds("email"), try fields.contactEmail())
        let (hasPhone, phone) = (fields.holds("phone"), try fields.contactPhone())
        let (hasCompany, company) = (fields.holds("company"), try fields.contactCompany())
        let name = fields.holds("name") ? try fields.contactName() : nil
        guard name != nil || hasEmail || hasPhone || hasCompany else {
            throw APIRefusal.invalidRequest(
                "The body names nothing to change. There are: \(NewContact.fields.joined(separator: ", ")).")
        }
        apply = { contact in
            if let name { contact.name = name }
            if hasEmail { contact.email = email }
            if hasPhone { contact.phone = phone }
            if hasCompany { contact.company = company }
        }
    }

    func save(to contact: inout Contact, _ rows: Rows, at now: Date) throws {
        apply(&contact)
        contact.updatedAt = now
        try rows.database.execute(
            sql: """
                UPDATE contact SET name = ?, email = ?, phone = ?, company = ?, updated_at = ?
                WHERE workspace = ? AND id = ?
                """,
            arguments: [
                contact.name, contact.email, contact.phone, contact.company, now, rows.workspace, contact.id,
            ])
    }
}

extension Fields {
    fileprivate func contactName() throws -> String { try text("name", 1...200) }
    fileprivate func contactEmail() throws -> String? { try optional("email") { try $0.email($1) } }
    fileprivate func contactPhone() throws -> String? { try optional("phone") { try $0.text($1, 1...50) } }
    fileprivate func contactCompany() throws -> String? { try optional("company") { try $0.text($1, 1...200) } }
}

/// `/contacts`
struct Contacts {
    let store: Store

    func routes(on api: APIRoutes) {
        api.get("contacts", scope: "contacts:read") { request, context in
            let page = try PageRequest(request)
            return Answer(try await store.read(context.tenant) { try $0.contacts(page) })
        }
        api.get("contacts/{id}", scope: "contacts:read") { _, context in
            let id = try context.parameters.require("id")
            let contact = try await store.read(context.tenant) { try $0.contact(id) }
            guard let contact else { throw APIRefusal.notFound }
            return Answer(["contact": contact])
        }
        api.post("contacts", scope: "contacts:write") { request, context in
            let new = try await request.body(as: NewContact.self)
            let contact = try await store.write(context) { rows, audit in
                let contact = try new.insert(rows, at: .now)
                try audit.write(.contactCreated, on: contact.id, at: contact.createdAt)
                return contact
            }
            return Answer(["contact": contact], status: .created)
        }
        api.patch("contacts/{id}", scope: "contacts:write") { request, context in
            let id = try context.parameters.require("id")
            let change = try await request.body(as: ContactChange.self)
            return Answer(["contact": try await self.change(id, change, context)])
        }
    }

    private func change(_ id: String, _ change: ContactChange, _ context: APIContext) async throws -> Contact {
        try await store.write(context) { rows, audit in
            try rows.mayPoint(to: .contact, id)
            guard var contact = try rows.contact(id) else { throw APIRefusal.notFound }
            try change.save(to: &contact, rows, at: .now)
            try audit.write(.contactUpdated, on: id, at: contact.updatedAt)
            return contact
        }
    }
}

extension Rows {
    fileprivate func contacts(_ page: PageRequest) throws -> Page<Contact> {
        let contacts = try Contact.fetchAll(
            database, sql: "SELECT * FROM contact WHERE workspace = ? ORDER BY sequence DESC LIMIT ? OFFSET ?",
            arguments: [workspace, page.limit, page.offset])
        let total = try Int.fetchOne(
            database, sql: "SELECT COUNT(*) FROM contact WHERE workspace = ?", arguments: [workspace])
        return Page(name: "contacts", items: contacts, pagination: page.pagination(total: total ?? 0))
    }

    fileprivate func contact(_ id: String) throws -> Contact? {
        try Contact.fetchOne(
            database, sql: "SELECT * FROM contact WHERE workspace = ? AND id = ?", arguments: [workspace, id])
    }
}
