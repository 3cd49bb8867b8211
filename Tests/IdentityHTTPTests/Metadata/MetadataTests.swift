import HTTPTypes
import Identity
import JOSE
import Testing

@testable import IdentityHTTP

/// What clients and resource servers find out by themselves.
struct MetadataTests {
    @Test("the key set holds public keys alone, can be kept five minutes, and answers 304 to its own tag")
    func keySet() async throws {
        try await withServer { server in
            let answer = try await server.get("/.well-known/jwks.json")
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentType] == "application/json")
            #expect(answer.headers[.cacheControl] == "public, max-age=300")
            #expect(answer.headers[.accessControlAllowOrigin] == "*")
            let keys = try #require(try answer.json["keys"]?.array)
            for key in keys.compactMap(\.object) {
                for secret in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] { #expect(key[secret] == nil) }
                #expect(key["kid"]?.string != nil && key["alg"]?.string == "ES256" && key["use"]?.string == "sig")
            }
            let tag = try #require(answer.headers[.eTag])
            let again = try await server.get("/.well-known/jwks.json", headers: [.ifNoneMatch: tag])
            #expect(again.status == .notModified && again.body.isEmpty)
            #expect(again.headers[.eTag] == tag)
            #expect(try await server.get("/.well-known/jwks.json", headers: [.ifNoneMatch: "\"x\""]).status == .ok)
            let head = try await server.send(.head, "/.well-known/jwks.json")
            #expect(head.status == .ok && head.headers[.eTag] == tag)
        }
    }

    @Test("the key set is the same after a restart and on another node")
    func keySetSurvives() async throws {
        let site = try TestSite()
        let before = try await site.result { try await $0.get("/.well-known/jwks.json").text }
        try await site.run { first in
            try await site.run { second in
                let answers = [
                    try await first.get("/.well-known/jwks.json"), try await second.get("/.well-known/jwks.json"),
                ]
                for answer in answers { #expect(answer.text == before) }
                let login = try await first.login()
                #expect(try await second.me(login.access).status == .ok)
                #expect(try await second.refresh(login.refresh).status == .ok)
            }
        }
    }

    @Test("both metadata documents are one, name the issuer, and name only endpoints that are there")
    func metadata() async throws {
        try await withServer { server in
            let answer = try await server.get("/.well-known/oauth-authorization-server")
            let other = try await server.get("/.well-known/openid-configuration")
            #expect(answer.text == other.text)
            let json = try answer.json
            #expect(json["issuer"]?.string == "https://id.example.com")
            for member in json.members where member.name.hasSuffix("_endpoint") || member.name == "jwks_uri" {
                let url = try #require(member.value.string)
                #expect(url.hasPrefix("https://id.example.com/"))
                let path = String(url.dropFirst("https://id.example.com".utf8.count))
                #expect(server.endpoints.routes.contains { $0.path == path }, "\(path)")
            }
            #expect(
                json["grant_types_supported"]?.strings == [
                    "urn:ietf:params:oauth:grant-type:device_code", "refresh_token",
                    "urn:ietf:params:oauth:grant-type:token-exchange",
                ])
            #expect(json["scopes_supported"]?.strings?.contains("jobs:read") == true)
        }
    }

    @Test("the development mailbox exists in development mode alone")
    func mailbox() async throws {
        try await withServer { server in
            for path in ["/dev/mailbox", "/dev/mailbox.json"] {
                let answer = try await server.get(path)
                #expect(answer.status == .notFound)
            }
        }
        try await withServer(TestSite.Options(issuer: "http://localhost:8080", isDevelopment: true)) { server in
            _ = try await server.post("/api/v1/auth/magic_link", json: ["email": "ada@example.org"])
            let answer = try await server.get("/dev/mailbox.json")
            let mails = try #require(try answer.json["messages"]?.array)
            #expect(mails.count == 1)
            #expect(
                mails.first?.object?.members.map(\.name).sorted() == [
                    "html", "id", "received_at", "subject", "text", "to",
                ])
            #expect(answer.text.contains("http://localhost:8080/magic-link#token=lkm_"))
            #expect(try await server.get("/dev/mailbox").status == .ok)
        }
    }
}
