import Database
import HTTPTypes
import Identity
import JOSE
import Testing

@testable import IdentityHTTP

/// What every request passes and every answer carries.
struct EdgeTests {
    private let requestID = HTTPField.Name("X-Request-Id") ?? .date

    @Test("a harmless request id is kept, in the answer, the error and the audit; any other is replaced")
    func requestIDs() async throws {
        try await withServer { server in
            for own in ["a", "trace-1.2_3", String(repeating: "x", count: 128)] {
                let answer = try await server.post(
                    "/api/v1/auth/refresh", json: ["refresh_token": "x"], headers: [requestID: own])
                #expect(answer.headers[requestID] == own)
                #expect(try answer.json["error"]?.object?["request_id"]?.string == own)
            }
            for hostile in ["", "a b", "a\"b", "<script>", "é", "a/b", String(repeating: "x", count: 129), "a,b"] {
                let answer = try await server.get("/nowhere", headers: [requestID: hostile])
                let made = try #require(answer.headers[requestID])
                #expect(made.hasPrefix("req_") && made != hostile)
                #expect(!answer.text.contains("<script>"))
            }
            let ids = try await race(20) { try await server.get("/healthz").headers[requestID] ?? "" }
            #expect(Set(ids).count == 20)
            _ = try await server.post(
                "/api/v1/auth/magic_link", json: ["email": "ada@example.org"], headers: [requestID: "trace-7"])
            let audited = try await server.number("SELECT count(*) FROM audit_events WHERE request_id = 'trace-7'")
            #expect(audited == 1)
        }
    }

    @Test("errors are told in the dialect of the address, also where there is nothing")
    func dialects() async throws {
        try await withServer { server in
            let api = try await server.get("/api/v1/nothing")
            #expect(api.status == .notFound)
            #expect(try api.json.members.map(\.name) == ["error"])
            let error = try #require(try api.json["error"]?.object)
            #expect(error.members.map(\.name) == ["code", "message", "request_id"])
            #expect(error["code"]?.string == "not_found")
            let oauth = try await server.get("/oauth/nothing")
            #expect(oauth.status == .notFound)
            #expect(try oauth.json.members.map(\.name) == ["error", "error_description"])
            let page = try await server.get("/nothing")
            #expect(page.status == .notFound)
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            for path in [
                "/api/v1/auth/me/x", "/API/v1/auth/me", "/%2e%2e/etc/passwd", "/.git/config",
            ] {
                #expect(try await server.get(path).status == .notFound, "\(path)")
            }
        }
    }

    @Test(
        "a known address with another method is 405 and names what it takes",
        arguments: [
            HTTPRequest.Method.put, .delete, .trace, .connect, .options, .patch,
        ])
    func methods(_ method: HTTPRequest.Method) async throws {
        try await withServer { server in
            for (path, allow) in [("/oauth/token", "POST"), ("/login", "GET, HEAD, POST"), ("/", "GET, HEAD")] {
                let answer = try await server.send(method, path)
                #expect(answer.status == .methodNotAllowed, "\(path)")
                #expect(answer.headers[.allow] == allow)
            }
            let answer = try await server.get("/oauth/token")
            #expect(answer.status == .methodNotAllowed && answer.error == "method_not_allowed")
        }
    }

    @Test("every answer is kept from caches and sniffing, but for what is meant to be kept")
    func cacheHeaders() async throws {
        try await withServer { server in
            for route in server.endpoints.routes {
                let path = String(route.path.map { "{}".contains($0) ? "x" : $0 })
                let answer = try await server.send(route.method, path)
                #expect(answer.headers[.xContentTypeOptions] == "nosniff", "\(path)")
                #expect(answer.headers[requestID] != nil)
                #expect(answer.headers[.strictTransportSecurity] != nil)
                let isPublic = path.hasPrefix("/.well-known/") || path.hasPrefix("/assets/")
                #expect((answer.headers[.cacheControl] == "no-store") != isPublic, "\(path)")
                #expect(answer.status.code < 500, "\(route.method) \(path)")
                #expect(answer.headers[.init("Server") ?? .date] == nil)
            }
        }
    }

    @Test("a body over 64 KiB is 413, one of 64 KiB is read")
    func bodySize() async throws {
        try await withServer { server in
            func json(_ bytes: Int) -> String {
                let frame = #"{"refresh_token":"x","pad":""}"#
                return frame.dropLast(2) + String(repeating: "x", count: bytes - frame.utf8.count) + "\"}"
            }
            let fits = try await server.post("/api/v1/auth/refresh", jsonText: json(65_536))
            #expect(fits.status == .badRequest && fits.error == "invalid_grant")
            let over = try await server.post("/api/v1/auth/refresh", jsonText: json(65_537))
            #expect(over.status == .contentTooLarge && over.error == "body_too_large")
            let form = try await server.post("/oauth/token", formText: String(repeating: "x", count: 1_000_000))
            #expect(form.status == .contentTooLarge)
            #expect(try form.json.members.map(\.name) == ["error", "error_description"])
            #expect(try await server.post("/login", formText: json(100_000)).status == .contentTooLarge)
        }
    }

    @Test("header fields over 16 KiB in all are 431, one long or many")
    func headSize() async throws {
        try await withServer { server in
            let long = try await server.get(
                "/api/v1/auth/me", headers: [.userAgent: String(repeating: "x", count: 17_000)])
            #expect(long.status == .requestHeaderFieldsTooLarge)
            var many: HTTPFields = [:]
            for index in 0..<600 { many[try #require(HTTPField.Name("X-Field-\(index)"))] = "twenty characters ..." }
            #expect(try await server.get("/", headers: many).status == .requestHeaderFieldsTooLarge)
            let path = try await server.get("/login?return_to=" + String(repeating: "x", count: 17_000))
            #expect(path.status == .requestHeaderFieldsTooLarge)
        }
    }

    @Test(
        "JSON of another type is 415; what is no JSON object is 400 and nothing of it is told back",
        arguments: [
            "[]", "null", "1", "\"x\"", "{", "", "{}x", "{\"a\":1,\"a\":2}", "{'a':1}", "{\"a\":NaN}", "\u{FEFF}{}",
            "{\"refresh_token\":\"\\ud800\"}", "<canary>",
        ])
    func brokenJSON(_ text: String) async throws {
        try await withServer { server in
            let answer = try await server.post("/api/v1/auth/refresh", jsonText: text)
            #expect(answer.status == .badRequest && answer.error == "invalid_request")
            #expect(!answer.text.contains("canary"))
            let depth = String(repeating: "[", count: 10_000)
            #expect(try await server.post("/api/v1/auth/refresh", jsonText: depth).status == .badRequest)
            for type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "multipart/form-data"]
            {
                let other = try await server.post(
                    "/api/v1/auth/refresh", jsonText: #"{"refresh_token":"x"}"#, headers: [.contentType: type])
                #expect(other.status == .unsupportedMediaType && other.error == "unsupported_media_type")
            }
            for type in ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"] {
                let right = try await server.post(
                    "/api/v1/auth/refresh", jsonText: #"{"refresh_token":"x"}"#, headers: [.contentType: type])
                #expect(right.error == "invalid_grant", "\(type)")
            }
        }
    }

    @Test(
        "a member of the wrong type is named; unknown members are ignored",
        arguments: [
            ("/api/v1/auth/refresh", "refresh_token"), ("/api/v1/auth/refresh", "client_id"),
            ("/api/v1/auth/refresh", "scope"), ("/api/v1/auth/refresh", "resource"),
            ("/api/v1/auth/token", "device_code"), ("/api/v1/auth/device", "client_id"),
            ("/api/v1/auth/device", "scope"),
            ("/api/v1/auth/device", "organization"), ("/api/v1/auth/device", "resource"),
            ("/api/v1/auth/magic_link", "email"), ("/api/v1/auth/magic_link", "client_id"),
            ("/api/v1/auth/magic_link/verify", "token"), ("/api/v1/auth/magic_link/verify", "email"),
            ("/api/v1/auth/magic_link/verify", "code"),
        ])
    func wrongTypes(_ path: String, _ name: String) async throws {
        try await withServer { server in
            let others = ["refresh_token": "x", "device_code": "x", "email": "a@example.org", "code": "123456"]
                .filter { $0.key != name && !(name == "token" && $0.key == "token") }
                .map { #""\#($0.key)":"\#($0.value)""# }.joined(separator: ",")
            for value in ["1", "true", "[]", "{}", "[\"x\"]", "1.5"] {
                let answer = try await server.post(path, jsonText: #"{"\#(name)":\#(value),\#(others)}"#)
                #expect(answer.status == .badRequest && answer.error == "invalid_request", "\(value)")
                #expect(answer.message?.contains(name) == true, "\(answer.text)")
            }
            #expect(try await server.rowCounts()["magic_links"] == 0)
            #expect(try await server.rowCounts()["device_authorizations"] == 0)
        }
    }

    @Test("while the storage fails every call that needs it is 503 with Retry-After, and tells no cause")
    func storageFailure() async throws {
        try await withServer { server in
            let login = try await server.login()
            let browser = try await server.browser(signedInAs: "ada@example.org")
            try await server.database.close()
            for route in server.endpoints.routes where route.rate != .none || route.path == "/readyz" {
                let path = String(route.path.map { "{}".contains($0) ? "x" : $0 })
                if ["/api/v1/auth/magic_link/verify", "/api/v1/auth/token", "/doctor"].contains(path) { continue }
                var headers = HTTPFields.bearer(login.access)
                headers[.cookie] = "__Host-latchkey=\(try browser.cookie)"
                if route.access == .client { headers = .basic("x", "y") }
                let answer: Answer
                switch (route.method, route.dialect) {
                case (.get, _), (.delete, _): answer = try await server.send(route.method, path, headers: headers)
                case (_, .api) where !route.needsFormToken:
                    answer = try await server.send(
                        route.method, path, headers: headers,
                        body: Array(
                            #"{"email":"a@example.org","refresh_token":"\#(login.refresh)","organization":"x"}"#.utf8))
                default:
                    answer = try await server.post(
                        path,
                        form: [
                            "csrf": browser.formToken ?? "", "grant_type": "refresh_token", "token": "x",
                            "refresh_token": login.refresh,
                        ], headers: headers)
                }
                #expect(answer.status == .serviceUnavailable, "\(route.method) \(path) \(answer.text)")
                #expect(answer.headers[.retryAfter] != nil, "\(path)")
                #expect(!answer.text.contains("SQL") && !answer.text.contains("closed"))
            }
            #expect(try await server.get("/healthz").status == .ok)
            #expect(try await server.get("/.well-known/jwks.json").status == .ok)
        }
    }
}
