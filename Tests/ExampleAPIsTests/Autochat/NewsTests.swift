import Foundation
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("What slow webhooks of autoch.at hold up")
struct NewsTests {
    @Test("of one organization four events are told at a time, of all together 64; what has ended makes room")
    func bounds() {
        let underWay = UnderWay()
        for _ in 0..<UnderWay.maximumOfOne { #expect(underWay.begin(for: "org_0")) }
        #expect(!underWay.begin(for: "org_0"))
        underWay.end(for: "org_0")
        #expect(underWay.begin(for: "org_0"))
        for other in 1..<(UnderWay.maximum / UnderWay.maximumOfOne) {
            for _ in 0..<UnderWay.maximumOfOne { #expect(underWay.begin(for: "org_\(other)")) }
        }
        #expect(!underWay.begin(for: "org_z"))
        underWay.end(for: "org_1")
        #expect(underWay.begin(for: "org_z"))
        #expect(!underWay.begin(for: "org_1"))
    }

    @Test("an organization whose endpoints are silent does not keep another's from being told")
    func silence() async throws {
        let (tokens, receiver) = (try AutochatTokens(), Receiver())
        let other = try tokens.full(of: "org_b")
        try await receiver.listen { url in
            try await tokens.withAutochat(localWebhooks: true) { api, token in
                _ = try await api.make(
                    "/webhooks", token, #"{"url": "\#(url)/silent", "events": ["client.created"]}"#)
                _ = try await api.make("/webhooks", other, #"{"url": "\#(url)/taken", "events": ["client.created"]}"#)
                for number in 0..<70 { _ = try await api.make("/clients", token, #"{"name": "C\#(number)"}"#) }
                _ = try await api.make("/clients", other, #"{"name": "Ours"}"#)
                // For less than a silent endpoint is waited for.
                let end = ContinuousClock.now + .seconds(8)
                while receiver.messages.isEmpty, ContinuousClock.now < end {
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(receiver.messages.first?.body.contains("Ours") == true)
            }
        }
    }

    @Test("an event whose deadline has passed is told to no more webhooks, and makes room for the next")
    func deadline() async throws {
        let (tokens, receiver) = (try AutochatTokens(), Receiver())
        try await receiver.listen { url in
            try await tokens.withAutochat(localWebhooks: true) { api, token in
                for (path, event) in [
                    ("silent", "client.created"), ("taken", "client.created"), ("taken", "client.updated"),
                ] {
                    _ = try await api.make(
                        "/webhooks", token, #"{"url": "\#(url)/\#(path)", "events": ["\#(event)"]}"#)
                }
                let news = News(
                    database: api.database, courier: WebhookCourier(reach: .everywhere), deadline: .milliseconds(200))
                for _ in 0..<UnderWay.maximumOfOne { news.tell(.clientCreated, ["name": "slow"], to: "org_a") }
                // For less than a silent endpoint is waited for.
                let end = ContinuousClock.now + .seconds(8)
                while receiver.messages.isEmpty, ContinuousClock.now < end {
                    news.tell(.clientUpdated, ["name": "next"], to: "org_a")
                    try await Task.sleep(for: .milliseconds(100))
                }
                #expect(receiver.messages.first?.body.contains("next") == true)
                #expect(!receiver.messages.contains { $0.body.contains("slow") })
            }
        }
    }
}
