import Foundation
import HTTPTypes
import Identity
import Testing

@testable import IdentityHTTP

@Suite("docs/protocol.md tells the truth")
struct RouteListTests {
    private func rows(after mark: String) throws -> [String] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/protocol.md"), encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let table = lines.drop { !$0.contains(mark) }.drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }
        return table.dropFirst(2).map(String.init)
    }

    @Test("every route is in the list with its access, form token and limit, and no other is")
    func routes() async throws {
        var options = TestSite.Options()
        options.isDevelopment = true
        try await withServer(options) { server in
            let routes = server.endpoints.routes.map { route in
                let formToken = route.needsFormToken ? " yes " : " "
                return "| \(route.method.rawValue) | `\(route.path)` | \(route.access.rawValue) |\(formToken)| "
                    + "\(route.rate.rawValue) |"
            }
            let listed = try rows(after: "compared with the routes of the server")
            #expect(routes.count > 30)
            #expect(Set(routes).subtracting(listed).sorted() == [], "in the code, not in the document")
            #expect(Set(listed).subtracting(routes).sorted() == [], "in the document, not in the code")
            #expect(Set(routes).count == routes.count, "a route is mounted twice")
        }
    }

    @Test("every event of organizations is in the table with its meaning, and no other is")
    func events() throws {
        let listed = try rows(after: "compared with the events of the server")
        let coded = AuditEvent.Kind.ofOrganizations.map { "| `\($0.rawValue)` | \($0.meaning) |" }
        #expect(listed == coded)
    }

    @Test("every limit is in the table with its numbers")
    func limits() throws {
        let listed = try rows(after: "## Limits").map { row in
            row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let documented = listed.map { cells in
            let numbers = cells.dropFirst().map { cell in
                Int(cell.prefix { $0.isNumber || $0 == "," }.filter(\.isNumber)) ?? 0
            }
            return "\(cells[0]) \(numbers)"
        }
        let coded = RateLimits.table.map { "\($0.0.rawValue) \([$0.perAddress, $0.overall])" }
        #expect(documented.sorted() == coded.sorted())
    }
}
