import Foundation
import GRDB
import HTTPTypes
import LatchkeyHummingbird

/// What a client owes.
struct Invoice: TenantRow {
    static let table = "invoices"

    enum Status: String, Codable, CaseIterable, Sendable, DatabaseValueConvertible {
        case draft, sent, overdue, paid, cancelled

        /// A paid or cancelled invoice is in the books and stays what it is.
        var isFinal: Bool { self == .paid || self == .cancelled }
    }

    let id: String
    /// From 1 on in each organization, without a gap.
    let number: Int
    private(set) var clientID: String
    private(set) var status: Status
    private(set) var issueDate: Day
    private(set) var dueDate: Day
    private(set) var lineItems: [BilledLine]
    private(set) var notes: String?
    private(set) var total: Money
    private(set) var amountPaid = Money.zero
    let createdAt: Date
    private(set) var updatedAt: Date

    enum CodingKeys: String, CodingKey {
        case id, number, status, notes, total
        case clientID = "client_id"
        case issueDate = "issue_date"
        case dueDate = "due_date"
        case lineItems = "line_items"
        case amountPaid = "amount_paid"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    init(number: Int, to client: Client, due: Day, _ lineItems: [BilledLine], at now: Date) {
        (id, self.number, clientID, status) = (Identifier.make("inv"), number, client.id, .draft)
        (issueDate, dueDate, self.lineItems, total) = (Day(now), due, lineItems, lineItems.total)
        (createdAt, updatedAt) = (now, now)
    }

    /// Within the transaction that inserts it.
    static func nextNumber(of tenant: String, in db: Database) throws -> Int {
        try SQLRequest<Int>(
            literal: "SELECT COALESCE(MAX(number), 0) + 1 FROM invoices WHERE tenant = \(tenant)"
        ).fetchOne(db) ?? 1
    }
}

extension Invoice {
    /// What is sent to make one or to change one.
    struct Change: Decodable {
        let clientID: String?
        let issueDate: Day?
        let dueDate: Day?
        let lineItems: [BilledLine]?
        let notes: String??

        init(from decoder: any Decoder) throws {
            let fields = try Fields(decoder, ["client_id", "issue_date", "due_date", "line_items", "notes"])
            clientID = try fields.optional("client_id") { try $0.text($1, 1...100) }
            issueDate = try fields.optional("issue_date") { try $0.day($1) }
            dueDate = try fields.optional("due_date") { try $0.day($1) }
            lineItems = try fields.optional("line_items") { try $0.lineItems($1) }
            notes = try fields.change("notes") { try $0.text($1, 1...5_000) }
        }
    }

    /// `{"status": "sent"}`
    struct StatusChange: Decodable {
        let status: Status

        init(from decoder: any Decoder) throws {
            status = try Fields(decoder, ["status"]).choice("status")
        }
    }

    /// Refused for one that is final, and when less would be owed than has been paid.
    mutating func apply(_ change: Change, at now: Date) throws(APIRefusal) {
        guard !status.isFinal else {
            throw APIRefusal(
                .badRequest, "invoice_final", "This invoice is \(status.rawValue) and is not changed any more.")
        }
        if let clientID = change.clientID { self.clientID = clientID }
        if let issueDate = change.issueDate { self.issueDate = issueDate }
        if let dueDate = change.dueDate { self.dueDate = dueDate }
        if let notes = change.notes { self.notes = notes }
        if let lineItems = change.lineItems {
            guard lineItems.total >= amountPaid else {
                throw .invalidRequest("line_items are worth less than what has been paid already.")
            }
            (self.lineItems, total) = (lineItems, lineItems.total)
        }
        updatedAt = now
    }

    /// The same status again changes nothing. What is said to be paid was paid in full: nothing is owed on it any more.
    mutating func move(to new: Status, at now: Date) throws(APIRefusal) {
        guard new != status else { return }
        guard !status.isFinal, new != .draft else {
            throw APIRefusal(
                .badRequest, "invalid_status_change",
                "An invoice that is \(status.rawValue) does not become \(new.rawValue).")
        }
        (status, updatedAt) = (new, now)
        if new == .paid { amountPaid = total }
    }

    /// Takes a payment, or gives a former one another amount: in full, the invoice is paid.
    mutating func pay(_ amount: Money, insteadOf former: Money = .zero, at now: Date) throws(APIRefusal) {
        guard status != .cancelled, status != .draft else {
            throw APIRefusal(
                .badRequest, "invoice_not_payable", "This invoice is \(status.rawValue). Nothing is paid on it.")
        }
        let settled = status == .paid ? total : amountPaid
        let paid = Money(cents: settled.cents - former.cents + amount.cents)
        guard paid <= total else {
            throw APIRefusal(.badRequest, "amount_exceeds_balance", "amount is more than what is still owed.")
        }
        (amountPaid, updatedAt) = (paid, now)
        if paid == total { status = .paid } else if status == .paid { status = .sent }
    }
}
