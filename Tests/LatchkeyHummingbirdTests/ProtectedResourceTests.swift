import Hummingbird
import LatchkeyHummingbird
import Testing

@Suite("What an API says of itself (RFC 9728)")
struct ProtectedResourceTests {
    @Test("the document is served to anyone, and every challenge says where it is")
    func served() async throws {
        let issuer = try TestIssuer()
        let resource = try ProtectedResource(
            TestIssuer.audience, issuer: TestIssuer.url, scopes: ["jobs:read", "jobs:write"], name: "Jobs",
            documentation: "https://example.com/docs")
        let token = try issuer.token(["scope": .string("other")])
        try await withRouter { router in
            router.protectedResource(resource)
            router.group("/api/v1").add(
                middleware: BearerAuthentication(testing: issuer.verifier(), resource: resource)
            )
            .get("jobs", scope: "jobs:read") { _, _ in "never" }
        } _: { client async throws in
            let document = try await client.get("/.well-known/oauth-protected-resource")
            #expect(document.status == 200)
            #expect(document["Content-Type"] == "application/json")
            #expect(document["Access-Control-Allow-Origin"] == "*")
            #expect(
                document.text == """
                    {"resource":"https://api.example.com","authorization_servers":["https://id.example.com"],\
                    "scopes_supported":["jobs:read","jobs:write"],"bearer_methods_supported":["header"],\
                    "resource_name":"Jobs","resource_documentation":"https://example.com/docs"}
                    """)
            let end =
                ", resource_metadata=\"https://api.example.com/.well-known/oauth-protected-resource\""
            #expect(try await client.get("/api/v1/jobs")["WWW-Authenticate"] == "Bearer realm=\"api\"" + end)
            for bearer in ["rubbish", token] {
                #expect(
                    try await client.get("/api/v1/jobs", bearer: bearer)["WWW-Authenticate"]?.hasSuffix(end) == true)
            }
        }
    }

    @Test("the document of an API below a path is where RFC 9728 §3.1 puts it")
    func path() async throws {
        let resource = try ProtectedResource("https://api.example.com:8443/crm/v1", issuer: TestIssuer.url)
        #expect(
            resource.metadataURL
                == "https://api.example.com:8443/.well-known/oauth-protected-resource/crm/v1")
        try await withRouter { router in
            router.protectedResource(resource)
        } _: { client async throws in
            let answer = try await client.get("/.well-known/oauth-protected-resource/crm/v1")
            #expect(answer.string("resource") == "https://api.example.com:8443/crm/v1")
            #expect(try await client.get("/.well-known/oauth-protected-resource").status == 404)
        }
        let slash = try ProtectedResource("https://api.example.com/", issuer: TestIssuer.url)
        #expect(slash.metadataURL == "https://api.example.com/.well-known/oauth-protected-resource")
        #expect(try ProtectedResource("http://localhost:8080", issuer: TestIssuer.url).identifier.hasPrefix("http:"))
    }

    @Test(
        "what cannot name an API is refused with the next step",
        arguments: [
            "", "api", "https://", "http://api.example.com", "https://a.example/?q", "https://a.example/#f",
            "https://a.example/:id", "https://a.example/\"", "https://user@a.example", "http://localhost.evil.example",
        ])
    func invalid(_ identifier: String) {
        #expect(throws: ProtectedResource.InvalidIdentifier.self) {
            try ProtectedResource(identifier, issuer: TestIssuer.url)
        }
    }
}
