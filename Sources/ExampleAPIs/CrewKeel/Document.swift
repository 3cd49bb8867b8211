import Foundation
import GRDB

/// An estimate or an invoice.
struct Document: Codable, FetchableRecord, Sendable {
    enum Kind: String, Codable, Sendable {
        case estimate, invoice

        /// In paths and lists.
        var plural: String { rawValue + "s" }
        fileprivate var prefix: String { self == .estimate ? "EST" : "INV" }
        fileprivate var idPrefix: String { self == .estimate ? "est" : "inv" }
    }

    enum Status: String, Codable {
        /// Nobody has seen it.
        case draft
        /// There is a PDF of it, that does not change any more.
        case issued
    }

    enum CodingKeys: String, CodingKey {
        case id, kind, number, status
        case jobID = "job_id"
        case totalCents = "total_cents"
        case createdAt = "created_at"
    }

    /// Of one job, estimates and invoices together: each answer about the job has all of them.
    static let maximumOfJob = 200

    let id: String
    let kind: Kind
    /// For people: `INV-1001`, counted by contractor.
    let number: String
    let status: Status
    let jobID: String
    let totalCents: Int
    let createdAt: Date

    static let columns = """
        id, kind, CASE kind WHEN 'estimate' THEN 'EST-' ELSE 'INV-' END || number AS number, status, job_id, \
        total_cents, created_at
        """

    /// Of a job, the newest first.
    static func all(of job: String, _ tenant: String, _ database: Database) throws -> [Document] {
        try fetchAll(
            database,
            sql: """
                SELECT \(columns) FROM document
                WHERE tenant = ? AND job_id = ? ORDER BY sequence DESC LIMIT \(maximumOfJob)
                """,
            arguments: [tenant, job])
    }

    /// How many a job has.
    static func count(of job: String, _ tenant: String, _ database: Database) throws -> Int {
        try Int.fetchOne(
            database, sql: "SELECT COUNT(*) FROM document WHERE tenant = ? AND job_id = ?", arguments: [tenant, job])
            ?? 0
    }

    static func page(
        _ kind: Kind, _ limit: Int, _ offset: Int, of tenant: String, _ database: Database
    ) throws -> ([Document], Int) {
        let documents = try fetchAll(
            database,
            sql: """
                SELECT \(columns) FROM document
                WHERE tenant = ? AND kind = ? ORDER BY sequence DESC LIMIT ? OFFSET ?
                """,
            arguments: [tenant, kind.rawValue, limit, offset])
        let total = try Int.fetchOne(
            database, sql: "SELECT COUNT(*) FROM document WHERE tenant = ? AND kind = ?",
            arguments: [tenant, kind.rawValue])
        return (documents, total ?? 0)
    }

    static func find(_ id: String, _ kind: Kind, of tenant: String, _ database: Database) throws -> Document? {
        try fetchOne(
            database, sql: "SELECT \(columns) FROM document WHERE tenant = ? AND kind = ? AND id = ?",
            arguments: [tenant, kind.rawValue, id])
    }

    /// What the job's line items were when the document was made.
    static func lineItems(of id: String, _ tenant: String, _ database: Database) throws -> [LineItem] {
        let text = try String.fetchOne(
            database, sql: "SELECT line_items FROM document WHERE tenant = ? AND id = ?", arguments: [tenant, id])
        return try JSONDecoder().decode([LineItem].self, from: Data((text ?? "[]").utf8))
    }

    /// Nil for a draft, and for what is not this tenant's.
    static func pdf(of id: String, _ kind: Kind, _ tenant: String, _ database: Database) throws -> Data? {
        try Data.fetchOne(
            database,
            sql: "SELECT pdf FROM document WHERE tenant = ? AND kind = ? AND id = ? AND pdf IS NOT NULL",
            arguments: [tenant, kind.rawValue, id])
    }
}

/// A document that is about to be made of a job's line items.
struct NewDocument {
    let kind: Document.Kind
    let job: Job
    let customer: String?
    let items: [LineItem]
    let isIssued: Bool

    var totalCents: Int { items.reduce(0) { $0 + $1.totalCents } }

    /// - Returns: the id of the new document.
    func insert(for tenant: String, at now: Date, _ database: Database) throws -> String {
        let id = Identifier.make(kind.idPrefix)
        let last = try Int.fetchOne(
            database, sql: "SELECT MAX(number) FROM document WHERE tenant = ? AND kind = ?",
            arguments: [tenant, kind.rawValue])
        let number = (last ?? 1_000) + 1
        let lines = String(decoding: try JSONEncoder().encode(items), as: UTF8.self)
        let pdf = isIssued ? Data(paper(number: "\(kind.prefix)-\(number)", at: now).pdf) : nil
        try database.execute(
            sql: """
                INSERT INTO document (id, tenant, kind, number, job_id, status, line_items, total_cents, created_at, pdf)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id, tenant, kind.rawValue, number, job.id,
                (isIssued ? Document.Status.issued : .draft).rawValue, lines, totalCents, now, pdf,
            ])
        return id
    }

    private func paper(number: String, at now: Date) -> Paper {
        Paper(
            title: kind.rawValue.uppercased() + " " + number, date: now.formatted(.iso8601.year().month().day()),
            job: "\(job.reference)  \(job.title)", customer: customer, items: items, totalCents: totalCents)
    }
}
