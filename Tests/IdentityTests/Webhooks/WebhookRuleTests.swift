import JOSE
import Testing

@testable import Identity

@Suite("The rules of webhooks")
struct WebhookRuleTests {
    @Test("a message is signed as Standard Webhooks has it: its own example")
    func vector() throws {
        // MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
        let key = try #require(Base64URL.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let signature = WebhookSecret(key: Secret(key)).signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(WebhookSecret(key: Secret(key)).text == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        let fresh = WebhookSecret(random: .system).text
        #expect(fresh.hasPrefix("whsec_") && fresh.utf8.count == 6 + 44 && fresh.hasSuffix("="))
    }

    @Test(
        "a URL is taken apart once, and that is what is requested",
        arguments: [
            ("https://hooks.example.com/a?b=c", "https://hooks.example.com/a?b=c", "hooks.example.com", 443),
            ("HTTPS://Hooks.Example.COM", "https://hooks.example.com/", "hooks.example.com", 443),
            ("https://hooks.example.com:8443?x", "https://hooks.example.com:8443/?x", "hooks.example.com", 8443),
            ("https://8.8.8.8/", "https://8.8.8.8/", "8.8.8.8", 443),
            ("https://[2606:4700::1111]:443/", "https://[2606:4700::1111]:443/", "2606:4700::1111", 443),
            ("https://xn--bcher-kva.example/%20", "https://xn--bcher-kva.example/%20", "xn--bcher-kva.example", 443),
        ])
    func goodURLs(typed: String, text: String, host: String, port: Int) throws {
        let url = try WebhookURL.parse(typed, allowsLoopback: false).get()
        #expect((url.text, url.host, url.port) == (text, host, port))
        #expect(WebhookURL(stored: url.text) == url)
    }

    @Test("whatever length a URL may have when it is typed, it can be read when it is stored", arguments: 960...1_001)
    func longURLs(length: Int) throws {
        for tail in ["/", "?"] {
            let host = "https://hooks.example.com" + tail
            let typed = host + String(repeating: "a", count: length - host.utf8.count)
            switch WebhookURL.parse(typed, allowsLoopback: false) {
            case .success(let url): #expect(WebhookURL(stored: url.text) == url && url.text.utf8.count <= 1_000)
            case .failure(let refusal): #expect(refusal == .tooLong && length + (tail == "?" ? 1 : 0) > 1_000)
            }
        }
    }

    @Test(
        "a URL that could lead elsewhere is refused",
        arguments: [
            ("http://hooks.example.com/", .notHTTPS), ("ftp://hooks.example.com/", .notHTTPS),
            ("javascript:alert(1)", .malformed), ("https:hooks.example.com", .malformed), ("", .malformed),
            ("https://hooks.example.com/ ", .malformed), ("https://hooks.example.com\\@evil.example/", .malformed),
            ("https://hooks.example.com/\r\nX: y", .malformed), ("https://bücher.example/", .malformed),
            ("https://ada@hooks.example.com/", .credentials), ("https://a:b@127.0.0.1/", .credentials),
            ("https://hooks.example.com/#x", .fragment), ("https:///x", .host), ("https://?x", .host),
            ("https://hooks.example.com:22/", .port), ("https://hooks.example.com:0443/", .port),
            ("https://hooks.example.com:65536/", .port), ("https://hooks.example.com:/", .port),
            ("https://intranet/", .host), ("https://metadata/", .host), ("https://hooks.example.com./", .host),
            ("https://-a.example/", .host), ("https://a..example/", .host), ("https://[fe80::1%25eth0]/", .host),
            ("https://localhost/", .address(.loopback)), ("https://LOCALHOST:8443/", .address(.loopback)),
            ("https://127.0.0.1/", .address(.loopback)), ("https://[::1]/", .address(.loopback)),
            ("https://10.1.2.3/", .address(.private)), ("https://172.31.0.1/", .address(.private)),
            ("https://192.168.1.1/", .address(.private)), ("https://169.254.169.254/latest", .address(.linkLocal)),
            ("https://100.64.0.1/", .address(.shared)), ("https://0.0.0.0/", .address(.unspecified)),
            ("https://224.0.0.1/", .address(.multicast)), ("https://255.255.255.255/", .address(.reserved)),
            ("https://[::ffff:127.0.0.1]/", .address(.translated)),
            ("https://[::ffff:8.8.8.8]/", .address(.translated)),
            ("https://[64:ff9b::a9fe:a9fe]/", .address(.translated)), ("https://[fd00::1]/", .address(.private)),
            ("https://[fe80::1]/", .address(.linkLocal)), ("https://[ff02::1]/", .address(.multicast)),
            ("https://[2002:7f00:1::]/", .address(.translated)), ("https://[::7f00:1]/", .address(.translated)),
            // Other spellings of 127.0.0.1 and 169.254.169.254, which some resolvers read.
            ("https://2130706433/", .host), ("https://0x7f000001/", .host), ("https://017700000001/", .host),
            ("https://127.1/", .host), ("https://0x7f.0.0.1/", .host), ("https://0177.0.0.1/", .host),
            ("https://127.0.0.0x1/", .host), ("https://127.0.0.01/", .host), ("https://1.2.3.4.5/", .host),
            ("https://0xa9fea9fe/", .host), ("https://2852039166/", .host),
        ] as [(String, WebhookURL.Refusal)])
    func badURLs(typed: String, refusal: WebhookURL.Refusal) {
        #expect(WebhookURL.parse(typed, allowsLoopback: false).refusal == refusal)
    }

    @Test("in development mode this machine is let in, by http too, and nothing else is")
    func development() throws {
        for typed in ["http://127.0.0.1:8000/", "http://localhost:8000/", "http://[::1]:8000/", "https://127.0.0.1/"] {
            #expect(WebhookURL.parse(typed, allowsLoopback: true).refusal == nil, "\(typed)")
        }
        for typed in ["http://hooks.example.com/", "http://10.0.0.1:8000/", "http://169.254.169.254/", "http://127.1/"]
        {
            #expect(WebhookURL.parse(typed, allowsLoopback: true).refusal != nil, "\(typed)")
        }
    }

    @Test("every block of special addresses is one, and its first and last address are refused")
    func blocks() {
        #expect(WebhookAddress.networks.count == WebhookAddress.blocks.count)
        for edge in [
            "0.255.255.255", "10.255.255.255", "100.127.255.255", "127.255.255.255", "169.254.0.0", "172.16.0.0",
            "172.31.255.255", "192.0.0.8", "192.168.255.255", "198.19.255.255", "239.255.255.255", "240.0.0.0", "::",
            "::1", "fdff::1", "febf::1", "2001:db8::1", "2001::1", "2001:1ff::1", "3fff::1", "4000::1", "1fff::1",
            "64:ff9b:1::1", "fe80::1%eth0", "name.example", "", "1.2.3", "::ffff:1.1.1.1",
        ] { #expect(WebhookAddress.refusal(of: edge, allowsLoopback: false) != nil, "\(edge)") }
        for outside in [
            "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
            "172.15.255.255", "172.32.0.0", "192.167.255.255", "223.255.255.255", "2606:4700::1", "2a00::1",
        ] { #expect(WebhookAddress.refusal(of: outside, allowsLoopback: false) == nil, "\(outside)") }
        #expect(WebhookAddress.refusal(of: "127.0.0.1", allowsLoopback: true) == nil)
        #expect(WebhookAddress.refusal(of: "10.0.0.1", allowsLoopback: true) == .private)
    }

    @Test("pauses grow threefold up to six hours, a fifth more or less, and add up to about a day")
    func backoff() {
        let usual: [Int64] = [5, 15, 45, 135, 405, 1_215, 3_645, 10_935, 21_600, 21_600, 21_600]
        var (least, most) = (Duration.zero, Duration.zero)
        for (index, seconds) in usual.enumerated() {
            let attempt = Int64(index + 1)
            #expect(WebhookDelivery.delay(afterAttempt: attempt, chance: 500) == .seconds(seconds))
            let (low, high) = (
                WebhookDelivery.delay(afterAttempt: attempt, chance: 0),
                WebhookDelivery.delay(afterAttempt: attempt, chance: 1_000)
            )
            #expect(low == .milliseconds(seconds * 800) && high == .milliseconds(seconds * 1_200))
            (least, most) = (least + low, most + high)
        }
        #expect(usual.count == Int(WebhookDelivery.maximumAttempts) - 1)
        #expect(least > .seconds(18 * 3_600) && most < .seconds(28 * 3_600))
        #expect(WebhookDelivery.delay(afterAttempt: .max, chance: .max) < .seconds(8 * 3_600))
    }

    @Test("events are names that organizations have, or all; anything else is named")
    func events() throws {
        #expect(WebhookEvents.parse([]).refusal == .noEvents)
        #expect(WebhookEvents.parse(["*", "API_TOKEN_USED"]).refusal == .eventUnknown("*"))
        #expect(WebhookEvents.parse(["API_TOKEN_USED", "x y"]).refusal == .eventUnknown("x y"))
        #expect(WebhookEvents.parse(["user.created"]).refusal == .eventUnknown("user.created"))
        let chosen = try WebhookEvents.parse(["API_TOKEN_USED", "API_TOKEN_USED", "membership.ended"]).get()
        #expect(chosen.names == ["API_TOKEN_USED", "membership.ended"])
        #expect(WebhookEvents(stored: chosen.text) == chosen)
        #expect(chosen.includes(.membershipEnded) && !chosen.includes(.membershipCreated))
        #expect(try WebhookEvents.parse(["*"]).get().includes(.membershipCreated))
    }

    @Test("never do more than two secrets sign; a rotation without overlap ends both")
    func rotation() throws {
        var webhook = Webhook(
            id: .init(rawValue: 1), organization: .init(rawValue: 1), url: try .example(),
            events: try WebhookEvents.parse(["*"]).get(), sealedSecret: [1], createdBy: .init(rawValue: 1),
            createdAt: .start)
        #expect(webhook.rotate(to: [2], overlap: .seconds(-1), at: .start).refusal == .overlapTooLong)
        #expect(webhook.rotate(to: [2], overlap: .seconds(604_801), at: .start).refusal == .overlapTooLong)
        #expect(webhook.rotate(to: [2], overlap: .seconds(60), at: .start).refusal == nil)
        #expect(webhook.former?.sealed == [1] && webhook.overlapEnd(at: .start + .seconds(59)) != nil)
        #expect(webhook.overlapEnd(at: .start + .seconds(60)) == nil)
        let end = Instant.start + .seconds(60)
        #expect(
            webhook.rotate(to: [3], overlap: .seconds(1), at: .start + .seconds(59)).refusal
                == .overlapRunning(until: end))
        #expect(webhook.rotate(to: [3], overlap: .zero, at: .start + .seconds(59)).refusal == nil)
        #expect(webhook.former == nil && webhook.sealedSecret == [3] && webhook.generation == 3)
    }
}
