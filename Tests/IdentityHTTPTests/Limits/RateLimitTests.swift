import HTTPTypes
import Identity
import JOSE
import LatchkeyVerifier
import Testing

@testable import IdentityHTTP

/// Over a limit: 429, when to come again, and nothing done.
struct RateLimitTests {
    private let names = ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]

    private func header(_ name: String, of answer: Answer) throws -> Int64 {
        let field = try #require(HTTPField.Name(name))
        return try #require(answer.headers[field].flatMap { Int64($0) }, "\(name)")
    }

    @Test("answers tell what is left; past the limit it is 429 with Retry-After, and after that time it goes on")
    func deviceCodes() async throws {
        try await withServer { server in
            for left in stride(from: Int64(119), through: 0, by: -1) {
                let answer = try await server.post("/api/v1/auth/device", jsonText: "")
                #expect(answer.status == .ok)
                #expect(try header("X-RateLimit-Limit", of: answer) == 120)
                #expect(abs(try header("X-RateLimit-Remaining", of: answer) - left) <= 1)
            }
            let refused = try await server.post("/api/v1/auth/device", jsonText: "")
            #expect(refused.status == .tooManyRequests && refused.error == "rate_limited")
            #expect(try header("X-RateLimit-Remaining", of: refused) == 0)
            let reset = try header("X-RateLimit-Reset", of: refused)
            #expect((0...61).contains(reset - server.now.seconds))
            let wait = try header("Retry-After", of: refused)
            #expect((1...60).contains(wait))
            #expect(try await server.number("SELECT count(*) FROM device_authorizations") == 120)
            let form = try await server.post("/oauth/device_authorization", form: ["client_id": "latchkey-cli"])
            #expect(form.status == .tooManyRequests && form.error == "rate_limited")
            server.site.clock.advance(by: .seconds(wait))
            #expect(try await server.post("/api/v1/auth/device", jsonText: "").status == .ok)
        }
    }

    @Test("ten mails in ten minutes to one mailbox, in whatever case, known or not, by whichever way")
    func mailbox() async throws {
        try await withServer { server in
            for index in 0..<10 {
                let email = index.isMultiple(of: 2) ? "ada@example.org" : "ADA@example.org"
                let answer = try await server.post("/api/v1/auth/magic_link", json: ["email": email])
                #expect(answer.status == .accepted)
            }
            let api = try await server.post("/api/v1/auth/magic_link", json: ["email": "ada@example.org"])
            #expect(api.status == .tooManyRequests && api.error == "rate_limited")
            for name in names + ["Retry-After"] { #expect(try header(name, of: api) >= 0) }
            let browser = TestBrowser(server)
            _ = try await browser.get("/login")
            let page = try await browser.post("/login", ["email": "ada@example.org"])
            #expect(page.status == .tooManyRequests)
            #expect(try await server.number("SELECT count(*) FROM outgoing_mail") == 10)
            let other = try await server.post("/api/v1/auth/magic_link", json: ["email": "eve@example.org"])
            #expect(other.status == .accepted)
            server.site.clock.advance(by: .seconds(61))
            let later = try await server.post("/api/v1/auth/magic_link", json: ["email": "ada@example.org"])
            #expect(later.status == .accepted)
        }
    }

    @Test("guesses of codes: 120 a minute from one address, whatever they are for")
    func codes() async throws {
        try await withServer { server in
            var statuses: [HTTPResponse.Status] = []
            for index in 0..<125 {
                statuses.append(try await server.verify("user\(index)@example.org", "000000").status)
            }
            #expect(statuses.filter { $0 == .badRequest }.count == 120)
            #expect(statuses.filter { $0 == .tooManyRequests }.count == 5)
        }
    }

    @Test("all of a minute's requests at once are counted one by one")
    func atOnce() async throws {
        try await withServer { server in
            let answers = try await race(150) { try await server.post("/api/v1/auth/device", jsonText: "") }
            #expect(answers.filter { $0.status == .ok }.count <= 121)
            #expect(answers.filter { $0.status == .tooManyRequests }.count >= 29)
        }
    }

    @Test("one household of IPv6 addresses is one caller; two IPv4 addresses are two")
    func addresses() throws {
        let limits = RateLimits(isOn: true)
        let now = Instant(seconds: 1_795_000_000)
        func exhaust(_ address: (Int) -> String) -> Int {
            (0..<200).filter { (try? limits.spend(.code, address: address($0), at: now)) != nil }.count
        }
        #expect(exhaust { "2001:db8:1:2:\(String($0, radix: 16))::1" } == 120)
        #expect(exhaust { "2001:db8:1:3::\(String($0, radix: 16))" } == 120)
        #expect(exhaust { "::ffff:192.0.2.\($0)" } == 200)
        #expect(exhaust { "198.51.100.\($0)" } == 200)
        #expect(exhaust { _ in "unknown" } == 120)
    }

    @Test("the memory of callers is bounded")
    func bounded() {
        let ledger = CallerRateLedger(RateLimit(1))
        let now = Instant(seconds: 1_795_000_000)
        for index in 0..<(CallerRateLedger.maximumCallers + 10) { _ = ledger.spend("\(index)", at: now) }
        #expect(ledger.callers <= CallerRateLedger.maximumCallers)
    }

    @Test("limits can be switched off for load tests")
    func off() async throws {
        try await withServer(TestSite.Options(limitsRates: false)) { server in
            let answers = try await race(200) { try await server.post("/api/v1/auth/device", jsonText: "") }
            #expect(Set(answers.map(\.status)) == [.ok])
        }
    }
}
