import Foundation
import GRDB
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("Seed 002: webhooks of autoch.at")
struct WebhooksTests {
    private let tokens: AutochatTokens

    init() throws {
        tokens = try AutochatTokens()
    }

    private static func body(_ url: String, _ events: String = #""client.created""#) -> String {
        #"{"url": "\#(url)", "events": [\#(events)]}"#
    }

    @Test("seed 002: a webhook is made with a secret that is shown once, read, changed and deleted")
    func life() async throws {
        try await tokens.withAutochat { api, token in
            let made = try await api.post("/webhooks", token, Self.body("https://192.0.3.1/Hook?a=1"))
            #expect(made.status == 201)
            #expect(made.json("data", "secret")?.string?.hasPrefix("whsec_") == true)
            #expect(made.json("data", "url")?.string == "https://192.0.3.1/Hook?a=1")
            let path = "/webhooks/\(try #require(made.json("data", "id")?.string))"
            for answer in [
                try await api.get(path, token), try await api.get("/webhooks", token),
                try await api.put(path, token, #"{"active": false, "description": "Ours"}"#),
            ] {
                #expect(answer.status == 200 && !answer.text.contains("whsec_") && !answer.text.contains("secret"))
            }
            #expect(try await api.get(path, token).json("data", "active")?.bool == false)
            #expect(try await api.delete(path, token).status == 200)
            #expect(try await api.get(path, token).status == 404)
        }
    }

    @Test("seed 002: POST /:id/test sends a message signed as Standard Webhooks has it, and tells the status it got")
    func test() async throws {
        let (tokens, receiver) = (tokens, Receiver())
        try await receiver.listen { url in
            try await tokens.withAutochat(localWebhooks: true) { api, token in
                let made = try await api.post("/webhooks", token, Self.body(url + "/taken"))
                let id = try #require(made.json("data", "id")?.string)
                let secret = try #require(made.json("data", "secret")?.string)
                let answer = try await api.post("/webhooks/\(id)/test", token, "")
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.json("data", "status")?.integer == 204)
                #expect(answer.json("data", "delivered")?.bool == true)
                let message = try #require(receiver.messages.first)
                #expect(message["webhook-id"] == answer.json("data", "message_id")?.string)
                #expect(message["content-type"] == "application/json")
                let signed = "\(message["webhook-id"]).\(message["webhook-timestamp"]).\(message.body)"
                let key = Secret(try #require(Data(base64Encoded: String(secret.dropFirst(6)))))
                #expect(key.count == 32)
                let code = Data(HMACSHA256(key: key).code(for: Array(signed.utf8))).base64EncodedString()
                #expect(message["webhook-signature"] == "v1,\(code)")
                let age = Date.now.timeIntervalSince1970 - (Double(message["webhook-timestamp"]) ?? 0)
                #expect(abs(age) < 60)
                let sent = try JSONValue.parse(Array(message.body.utf8)).object
                #expect(sent?["type"]?.string == "webhook.test")
                #expect(sent?["data"]?.object?["webhook_id"]?.string == id)
            }
        }
    }

    @Test(
        "seed 002: a test tells of an endpoint that refuses, leads elsewhere or is not there; redirects are not followed"
    )
    func refusals() async throws {
        let (tokens, receiver) = (tokens, Receiver())
        try await receiver.listen { url in
            try await tokens.withAutochat(localWebhooks: true) { api, token in
                for (path, status) in [("/status/410", Int64(410)), ("/status/500", 500), ("/away", 307)] {
                    let id = try await api.make("/webhooks", token, Self.body(url + path))
                    let answer = try await api.post("/webhooks/\(id)/test", token, "")
                    #expect(answer.status == 200 && answer.json("data", "status")?.integer == status)
                    #expect(answer.json("data", "delivered")?.bool == false)
                }
                #expect(receiver.messages.isEmpty)
                let id = try await api.make("/webhooks", token, Self.body("http://127.0.0.1:9/"))
                let answer = try await api.post("/webhooks/\(id)/test", token, "")
                #expect(answer.status == 200 && answer.json("data", "delivered")?.bool == false)
                #expect(answer.json("data", "status") == nil && answer.json("data", "cause")?.string != nil)
            }
        }
    }

    @Test(
        "seed 002: without --local-webhooks no webhook leads to this machine or an inner network, however it is spelled",
        arguments: [
            "http://127.0.0.1/", "http://localhost/", "https://LOCALHOST:8443/x", "http://10.0.0.1/",
            "http://192.168.1.1/", "http://172.16.0.1/", "http://169.254.169.254/latest/meta-data", "http://0.0.0.0/",
            "http://127.1/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://100.64.0.1/",
            "http://224.0.0.1/", "http://168.63.129.16/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
            "http://[fe80::1]/",
        ])
    func reach(_ url: String) async throws {
        try await tokens.withAutochat { api, token in
            let refused = try await api.post("/webhooks", token, Self.body(url))
            #expect(refused.status == 400, "\(refused.text)")
            #expect(["URL_OUT_OF_REACH", "INVALID_REQUEST"].contains(refused.code))
            let id = try await api.make("/webhooks", token, Self.body("https://192.0.3.1/"))
            #expect(try await api.put("/webhooks/\(id)", token, #"{"url": "\#(url)"}"#).status == 400)
            #expect(try await api.get("/webhooks/\(id)", token).json("data", "url")?.string == "https://192.0.3.1/")
        }
    }

    @Test("seed 002: a webhook that came to lead to this machine later is looked at again when something is sent")
    func reachLater() async throws {
        let (tokens, receiver) = (tokens, Receiver())
        try await receiver.listen { url in
            try await tokens.withAutochat { api, token in
                let id = try await api.make("/webhooks", token, Self.body("https://192.0.3.1/"))
                try await api.database.write {
                    try $0.execute(sql: "UPDATE webhooks SET url = ?", arguments: [url + "/taken"])
                }
                let refused = try await api.post("/webhooks/\(id)/test", token, "")
                #expect(refused.status == 400 && refused.code == "URL_OUT_OF_REACH")
                #expect(receiver.messages.isEmpty)
            }
        }
    }

    @Test(
        "addresses are told apart: those of the public internet, and the rest",
        arguments: [
            ("8.8.8.8", true), ("172.15.0.1", true), ("172.32.0.1", true), ("100.63.0.1", true), ("198.20.0.1", true),
            ("192.0.3.1", true), ("168.63.129.15", true), ("168.63.129.17", true), ("168.63.129.16", false),
            ("169.254.169.254", false), ("100.64.0.1", false), ("223.255.255.255", true),
            ("2a00:1450:4001:81b::200e", true),
            ("2001:4860::8888", true),
            ("127.0.0.1", false), ("10.1.2.3", false), ("172.31.255.255", false), ("192.168.0.1", false),
            ("169.254.0.1", false), ("100.127.0.1", false), ("198.19.0.1", false), ("0.1.2.3", false),
            ("255.255.255.255", false), ("192.0.2.1", false), ("198.51.100.1", false), ("203.0.113.1", false),
            ("::1", false), ("::", false), ("::ffff:8.8.8.8", false), ("fe80::1", false), ("fc00::1", false),
            ("ff02::1", false), ("2002:7f00:1::", false), ("2001::1", false), ("2001:db8::1", false),
            ("3fff:1::", false), ("64:ff9b::7f00:1", false), ("", false), ("8.8.8", false), ("8.8.8.8.8", false),
        ])
    func addresses(_ address: String, _ isPublic: Bool) {
        #expect(WebhookReach.publicInternet.includes(address) == isPublic)
        #expect(WebhookReach.everywhere.includes(address))
    }

    @Test(
        "seed 002: a webhook that is not as it should be is 400 and names its field",
        arguments: [
            (#"{"events": ["client.created"]}"#, "url"), (#"{"url": "https://192.0.3.1/"}"#, "events"),
            (#"{"url": "ftp://192.0.3.1/", "events": ["client.created"]}"#, "url"),
            (#"{"url": "https://a:b@192.0.3.1/", "events": ["client.created"]}"#, "url"),
            (#"{"url": "https://192.0.3.1/#x", "events": ["client.created"]}"#, "url"),
            (#"{"url": "https:///x", "events": ["client.created"]}"#, "url"),
            (#"{"url": "https://192.0.3.1:99999/", "events": ["client.created"]}"#, "url"),
            (#"{"url": "x y", "events": ["client.created"]}"#, "url"),
            (#"{"url": "https://192.0.3.1/", "events": ["client.exploded"]}"#, "events"),
            (#"{"url": "https://192.0.3.1/", "events": []}"#, "events"),
            (#"{"url": "https://192.0.3.1/", "events": "client.created"}"#, "events"),
        ])
    func badBodies(_ body: String, _ field: String) async throws {
        try await tokens.withAutochat { api, token in
            let answer = try await api.post("/webhooks", token, body)
            #expect(answer.status == 400 && answer.code == "INVALID_REQUEST", "\(answer.text)")
            #expect(answer.json("error", "message")?.string?.hasPrefix(field) == true, "\(answer.text)")
        }
    }

    @Test("seed 002: what happens is told to the webhooks of its tenant that want to know of it, and to no other")
    func news() async throws {
        let (tokens, receiver) = (tokens, Receiver())
        let stranger = try tokens.full(of: "org_b")
        try await receiver.listen { address in
            let url = address.replacing("127.0.0.1", with: "localhost")
            try await tokens.withAutochat(localWebhooks: true) { api, token in
                _ = try await api.make(
                    "/webhooks", token, Self.body(url + "/taken", #""client.created", "invoice.created""#))
                let off = try await api.make("/webhooks", token, Self.body(url + "/taken"))
                _ = try await api.put("/webhooks/\(off)", token, #"{"active": false}"#)
                _ = try await api.make("/clients", stranger, #"{"name": "Not for you"}"#)
                let invoice = try await api.invoice(token)
                try await receiver.wait(for: 2)
                let bodies = try receiver.messages.map { try JSONValue.parse(Array($0.body.utf8)).object }
                #expect(Set(bodies.compactMap { $0?["type"]?.string }) == ["client.created", "invoice.created"])
                #expect(bodies.contains { $0?["data"]?.object?["id"]?.string == invoice })
                #expect(!receiver.messages.contains { $0.body.contains("Not for you") })
            }
        }
    }

    @Test("seed 002: an organization has no more than so many webhooks")
    func most() async throws {
        try await tokens.withAutochat { api, token in
            for _ in 0..<Webhook.maximumCount {
                _ = try await api.make("/webhooks", token, Self.body("https://192.0.3.1/"))
            }
            let refused = try await api.post("/webhooks", token, Self.body("https://192.0.3.1/"))
            #expect(refused.status == 400 && refused.code == "LIMIT_REACHED")
        }
    }
}
