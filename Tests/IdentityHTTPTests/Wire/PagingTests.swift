import HTTPTypes
import Identity
import JOSE
import Testing

/// Which part of a list is asked for.
struct PagingTests {
    @Test("a parameter given twice where one is expected is 400 on every list, and named")
    func givenTwice() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let made = try await server.call(
                .post, "/api/v1/webhooks", #"{"url":"https://example.org/hook","events":["*"]}"#, by: ada)
            let deliveries = "/api/v1/webhooks/\(try made.string("id"))/deliveries"
            let organization = try server.path(of: ada)
            let lists = [
                organization + "/members", organization + "/invitations", "/api/v1/tokens", "/api/v1/webhooks",
                deliveries, "/api/v1/audit",
            ]
            for list in lists {
                #expect(try await server.call(.get, list + "?page=1&limit=1", by: ada).status == .ok, "\(list)")
                for name in ["page", "limit"] {
                    for query in ["\(name)=1&\(name)=2", "\(name)=1&\(name)=1", "\(name)=1&\(name)="] {
                        let answer = try await server.call(.get, "\(list)?\(query)", by: ada)
                        #expect(answer.status == .badRequest && answer.error == "invalid_request", "\(list)?\(query)")
                        #expect(answer.message?.contains("parameter \(name) is given more than once") == true)
                    }
                }
            }
            let states = try await server.call(.get, deliveries + "?status=dead&status=waiting", by: ada)
            #expect(states.status == .badRequest && states.message?.contains("status") == true)
            let events = "/api/v1/audit?event=API_TOKEN_ISSUED&event=webhook.created"
            let found = try await server.call(.get, events, by: ada)
            #expect(try found.json["events"]?.array?.count == 1)
        }
    }

    @Test("pages refuse it too")
    func onPages() async throws {
        try await withServer { server in
            let ada = try await server.browser(signedInAs: "ada@example.org")
            for name in ["page", "tokens"] {
                let page = try await ada.get("/organization?\(name)=1&\(name)=2")
                #expect(page.status == .ok || page.status == .badRequest)
                #expect(page.text.contains("parameter \(name) is given more than once"), "\(page.status)")
            }
        }
    }
}
