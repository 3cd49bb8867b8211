import Foundation
import GRDB
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("CrewKeel (seed 000): estimates and invoices")
struct DocumentTests {
    private let issuer: TestIssuer
    private let token: String

    init() throws {
        issuer = try TestIssuer(audience: CrewKeel.audience)
        token = try issuer.token(CrewKeel.scopes.map(\.scope))
    }

    private static func count(_ client: TestClient) async throws -> Int? {
        try await client.database.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM document") }
    }

    @Test(
        "seed 000: a document has the job's line items and their sum; without send it is a draft without a PDF",
        arguments: ["estimate", "invoice"])
    func drafts(kind: String) async throws {
        try await withAPI(CrewKeel.self, issuer) { [token] client in
            _ = try await client.post("/jobs", token, JobTests.roof)
            let made = try await client.post("/\(kind)s", token, #"{"job":"JOB-1001"}"#)
            #expect(made.status == 201 && made.json("status")?.string == "draft")
            #expect(made.json("total_cents")?.integer == 158_000)
            #expect(made.json("line_items", "1", "description")?.string == "Hours")
            #expect(made.json("pdf") == .null)
            let id = try #require(made.json("id")?.string)
            #expect(try await client.get("/\(kind)s/\(id)", token).text == made.text)
            #expect(try await client.get("/\(kind)s/\(id)/pdf", token).status == 404)
            #expect(try await client.get("/\(kind)s", token).json("\(kind)s", "0", "id")?.string == id)
            // An estimate is no invoice.
            let other = kind == "invoice" ? "estimates" : "invoices"
            #expect(try await client.get("/\(other)/\(id)", token).status == 404)
            #expect(try await client.get("/\(other)", token).json("pagination", "total")?.integer == 0)
        }
    }

    @Test(
        "seed 000: send: true takes documents:send, and without it nothing is made",
        arguments: ["estimates", "invoices"])
    func sending(path: String) async throws {
        let limited = try issuer.token(["jobs:write", "documents:write", "documents:read"], login: "grt_2")
        try await withAPI(CrewKeel.self, issuer) { [token] client in
            _ = try await client.post("/jobs", token, JobTests.roof)
            let refused = try await client.post("/\(path)", limited, #"{"job":"JOB-1001","send":true}"#)
            #expect(refused.status == 403 && refused.code == "forbidden_scope")
            #expect(
                refused.json("error", "message")?.string
                    == "This token is missing the required scope: documents:send.")
            #expect(try await Self.count(client) == 0)
            #expect(try await client.post("/\(path)", limited, #"{"job":"JOB-1001","send":false}"#).status == 201)

            let sent = try await client.post("/\(path)", token, #"{"job":"JOB-1001","send":true}"#)
            #expect(sent.status == 201 && sent.json("status")?.string == "issued")
            let address = try #require(sent.json("pdf")?.string)
            let pdf = try await client.get(address, token)
            #expect(pdf.status == 200 && pdf["Content-Type"] == "application/pdf")
            #expect(PDFReading(pdf.bytes)?.text.contains("1580.00") == true)
            #expect(try await client.get(address, issuer.token(["jobs:read"], login: "grt_3")).status == 403)
            #expect(try await client.get(address, nil).status == 401)
        }
    }

    @Test("seed 000: there is nothing to charge without line items, and no document of a job that is not there")
    func nothing() async throws {
        try await withAPI(CrewKeel.self, issuer) { [token] client in
            _ = try await client.post("/jobs", token, #"{"title":"x"}"#)
            let empty = try await client.post("/invoices", token, #"{"job":"JOB-1001"}"#)
            #expect(empty.status == 422 && empty.code == "no_line_items")
            let unknown = try await client.post("/invoices", token, #"{"job":"JOB-7"}"#)
            #expect(unknown.status == 422 && unknown.code == "unknown_job")
            for body in ["{}", #"{"job":"JOB-1001","send":"yes"}"#, #"{"job":1001}"#] {
                #expect(try await client.post("/invoices", token, body).status == 400, "\(body)")
            }
            #expect(try await Self.count(client) == 0)
        }
    }

    @Test("seed 000: a job has 200 documents and no more, of both kinds together; the newest 200 are told")
    func bound() async throws {
        try await withAPI(CrewKeel.self, issuer) { [token] client in
            _ = try await client.post("/jobs", token, JobTests.roof)
            _ = try await client.post("/jobs", token, JobTests.roof)
            try await Self.pretend(199, client)
            #expect(try await client.post("/estimates", token, #"{"job":"JOB-1001"}"#).status == 201)
            for path in ["/estimates", "/invoices"] {
                let refused = try await client.post(path, token, #"{"job":"JOB-1001"}"#)
                #expect(refused.status == 422 && refused.code == "too_many_documents", "\(refused.text)")
                #expect(refused.json("error", "message")?.string?.contains("JOB-1001 has 200 documents") == true)
            }
            #expect(try await Self.count(client) == 200)
            #expect(try await client.post("/invoices", token, #"{"job":"JOB-1002"}"#).status == 201)
            // From before there was a bound.
            try await Self.pretend(5, from: 2_000, client)
            let documents = try await client.get("/jobs/JOB-1001", token).json("documents")?.array ?? []
            #expect(documents.count == 200 && documents.first?.object?["number"]?.string == "INV-2004")
        }
    }

    /// Documents of JOB-1001 that were made before.
    private static func pretend(_ count: Int, from first: Int = 1, _ client: TestClient) async throws {
        try await client.database.write { database in
            for number in first..<(first + count) {
                try database.execute(
                    sql: """
                        INSERT INTO document
                            (id, tenant, kind, number, job_id, status, line_items, total_cents, created_at)
                        SELECT ?, tenant, 'invoice', ?, id, 'draft', '[]', 0, created_at FROM job WHERE number = 1001
                        """,
                    arguments: ["inv_\(number)", number])
            }
        }
    }

    @Test("seed 000: an issued invoice stays as it was issued")
    func snapshot() async throws {
        try await withAPI(CrewKeel.self, issuer) { [token] client in
            _ = try await client.post("/jobs", token, JobTests.roof)
            let sent = try await client.post("/invoices", token, #"{"job":"JOB-1001","send":true}"#)
            let path = "/invoices/\(sent.json("id")?.string ?? "")"
            let pdf = try await client.get(path + "/pdf", token).bytes
            try await client.database.write { try $0.execute(sql: "UPDATE line_item SET quantity = 1") }
            #expect(try await client.get(path, token).text == sent.text)
            #expect(try await client.get(path + "/pdf", token).bytes == pdf)
        }
    }

    @Test("a PDF's table tells where each object begins and how long its pages are, on as many pages as it takes")
    func form() throws {
        for count in [0, 1, 54, 55, 600] {
            let lines = (0..<count).map { PDF.Line(PDF.text("Line \($0) (\\) Grüße €5 日本")) }
            let reading = try #require(PDFReading(PDF.document(title: "Title", lines: lines)), "\(count)")
            #expect(reading.pageCount == max(1, (count + 53) / 54))
            #expect(reading.text.count(where: { $0 == "L" }) == count)
            if count > 0 { #expect(reading.text.contains("Line 0 (\\) Grüße €5 ??")) }
        }
    }

    @Test("no line of a printed document is wider than the paper, however long its texts")
    func width() {
        let long = String(repeating: "ß", count: 200)
        let item = LineItem(
            description: long, quantity: 10_000, unitPriceCents: 100_000_000, totalCents: 1_000_000_000_000)
        let paper = Paper(
            title: "INVOICE INV-1001", date: "2026-11-22", job: "JOB-1001  \(long)", customer: long,
            items: Array(repeating: item, count: 100), totalCents: 100_000_000_000_000)
        let lines = PDFReading(paper.pdf)?.lines ?? []
        #expect(lines.count > 600)
        #expect(lines.allSatisfy { $0.count <= PDF.columns })
        #expect(lines.last?.hasSuffix("1000000000000.00") == true)
        #expect(Paper.money(5) == "0.05")
    }
}

/// Reads what `PDF` writes by its own table, as a reader of PDFs would.
private struct PDFReading {
    let pageCount: Int
    let lines: [String]
    var text: String { lines.joined(separator: "\n") }

    /// Nil where an entry of the table or a length is not true.
    init?(_ bytes: [UInt8]) {
        let file = String(decoding: bytes, as: UTF8.self)
        guard file.utf8.count == bytes.count, file.hasPrefix("%PDF-1."), file.hasSuffix("%%EOF\n"),
            let start = file.firstMatch(of: /startxref\n(\d+)\n%%EOF/).flatMap({ Int($0.1) }), start < bytes.count
        else { return nil }
        let table = String(decoding: bytes[start...], as: UTF8.self)
        guard let head = table.prefixMatch(of: /xref\n0 (\d+)\n/), let size = Int(head.1),
            table.contains("/Size \(size) ")
        else { return nil }
        let entries = Array(table[head.range.upperBound...].utf8.prefix(20 * size))
        for number in 1..<size {
            let entry = String(decoding: entries[(20 * number)..<(20 * number + 20)], as: UTF8.self)
            guard entry.hasSuffix(" 00000 n \n"), let offset = Int(entry.prefix(10)), offset < start,
                bytes[offset...].starts(with: "\(number) 0 obj\n".utf8)
            else { return nil }
        }
        var lines: [String] = []
        for stream in file.matches(of: #/Length (\d+) >>\nstream\n([^s]*)\nendstream/#) {
            guard Int(stream.1) == stream.2.utf8.count else { return nil }
            lines += stream.2.matches(of: /<([0-9A-F]*)> Tj/).map { Self.text($0.1) }
        }
        pageCount = file.ranges(of: "/Type /Page ").count
        guard file.contains("/Count \(pageCount) ") else { return nil }
        self.lines = lines
    }

    private static func text(_ digits: Substring) -> String {
        let digits = Array(digits)
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...($0 + 1)]), radix: 16)
        }
        return String(data: Data(bytes), encoding: .windowsCP1252) ?? ""
    }
}
