import Database
import HTTPTypes
import Testing

@testable import IdentityHTTP

@Suite("The trace of a request (W3C Trace Context)")
struct TraceContextTests {
    private static let id = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let good = "00-\(id)-00f067aa0ba902b7-01"

    @Test(
        "a traceparent to the letter is taken up",
        arguments: [
            good, "00-\(id)-00f067aa0ba902b7-00", "00-\(id)-00f067aa0ba902b7-ff",
            "01-\(id)-00f067aa0ba902b7-01", "cc-\(id)-00f067aa0ba902b7-01-what-the-future-brings",
        ])
    func taken(value: String) {
        #expect(TraceContext(traceParent: value)?.traceID == Self.id)
    }

    @Test(
        "any other is ignored",
        arguments: [
            "", "00", id, good + "-", good + "-x", good + "x", String(good.dropLast()), " " + good, good + " ",
            good.uppercased(), good.replacing("-", with: "_"), "ff-\(id)-00f067aa0ba902b7-01",
            "0g-\(id)-00f067aa0ba902b7-01", "00-\(String(repeating: "0", count: 32))-00f067aa0ba902b7-01",
            "00-\(id)-0000000000000000-01", "00-\(id)-00f067aa0ba902b7-0g", "01-\(id)-00f067aa0ba902b7-01.x",
            "00-\(id.dropLast())é-00f067aa0ba902b7-01", "00-\(id)\"}-00f067aa0ba902-01",
        ])
    func ignored(value: String) {
        #expect(TraceContext(traceParent: value) == nil)
    }

    @Test("two of them are none")
    func twice() {
        var headers = HTTPFields()
        headers.append(HTTPField(name: .traceParent, value: Self.good))
        #expect(TraceContext(headers) != nil)
        headers.append(HTTPField(name: .traceParent, value: Self.good))
        #expect(TraceContext(headers) == nil)
        #expect(TraceContext(HTTPFields()) == nil)
    }

    @Test("a request's line has its route, status and ids, and nothing of its path, query or fields")
    func line() async throws {
        try await withServer { server in
            let headers: HTTPFields = [
                .traceParent: Self.good, .requestID: "mine", .authorization: "Bearer canary-header",
            ]
            _ = try await server.get("/login?return_to=canary-query", headers: headers)
            _ = try await server.get("/canary-path", headers: headers)
            let lines = server.site.log.text.split(separator: "\n").filter { $0.hasPrefix("debug Request ") }
            #expect(lines.count == 2)
            for part in ["/login", "200", "mine", Self.id, "GET", "duration_ms"] {
                #expect(lines.first?.contains(part) == true, "\(part)")
            }
            #expect(lines.last?.contains("unmatched") == true)
            #expect(!server.site.log.text.contains("canary"))
        }
    }

    @Test("what went wrong is logged under the trace")
    func failure() async throws {
        let site = try TestSite()
        try await site.run { server in
            try await server.database.close()
            _ = try await server.get("/readyz", headers: [.traceParent: Self.good])
            let line = site.log.text.split(separator: "\n").first { $0.contains("A request failed") }
            #expect(line?.contains(Self.id) == true)
        }
    }
}
