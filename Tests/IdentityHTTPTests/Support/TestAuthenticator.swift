import HTTPTypes
import JOSE
import Testing

/// An authenticator app as anyone would write one (RFC 6238), sharing nothing with the server's own code but HMAC.
struct TestAuthenticator: Sendable {
    let secret: String
    private let key: [UInt8]

    /// - Parameter secret: base32 (RFC 4648 §6); spaces do not matter.
    init(secret: String) throws {
        self.secret = secret
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        var bits = ""
        for letter in secret where letter != " " {
            let value = try #require(alphabet.firstIndex(of: letter), "\(letter) is not of base32")
            bits += String(repeating: "0", count: 5 - String(value, radix: 2).count) + String(value, radix: 2)
        }
        key = stride(from: 0, to: bits.count / 8 * 8, by: 8).compactMap {
            UInt8(bits.dropFirst($0).prefix(8), radix: 2)
        }
        try #require(key.count == 20)
    }

    /// What it shows so many steps after a moment.
    func code(at now: Instant, later steps: Int64 = 0) -> String {
        let step = now.seconds / 30 + steps
        let message = (0..<8).map { UInt8(truncatingIfNeeded: step >> (56 - 8 * Int64($0))) }
        let hash = HMACSHA1.code(for: message, key: Secret(key))
        let offset = Int(hash[19] & 15)
        let number = hash[offset..<offset + 4].reduce(0) { $0 * 256 + Int($1) } % (1 << 31) % 1_000_000
        return String("00000\(number)".suffix(6))
    }

    /// Six digits that it does not show anywhere near a moment.
    func wrongCode(at now: Instant) -> String {
        let near = Set((-4...4).map { code(at: now, later: $0) })
        return (0...9).map { "11111\($0)" }.first { !near.contains($0) } ?? "111120"
    }
}

extension TestServer {
    /// Sets up an app through the API. Half a minute passes, so that its present code is not used yet.
    func enrol(_ login: Tokens) async throws -> (app: TestAuthenticator, recoveryCodes: [String]) {
        let begun = try await call(.post, "/api/v1/auth/totp", "{}", by: login)
        try #require(begun.status == .created, "\(begun.text)")
        let app = try TestAuthenticator(secret: begun.string("secret"))
        let confirmed = try await call(
            .post, "/api/v1/auth/totp/confirm", #"{"code":"\#(app.code(at: now))"}"#, by: login)
        try #require(confirmed.status == .ok, "\(confirmed.text)")
        site.clock.advance(by: .seconds(30))
        return (app, try #require(try confirmed.json["recovery_codes"]?.strings))
    }

    /// Shows a second factor.
    func stepUp(_ code: String, _ method: String = "totp", by login: Tokens, key: String? = nil) async throws -> Answer
    {
        try await call(
            .post, "/api/v1/auth/step_up", #"{"method":"\#(method)","code":"\#(code)"}"#, by: login, key: key)
    }
}

extension TestBrowser {
    /// Sets up an app on the account page, as someone does who types the key.
    func enrol() async throws -> (app: TestAuthenticator, page: Answer) {
        let setup = try await post("/account/totp")
        try #require(setup.status == .ok, "\(setup.text)")
        let key = try #require(setup.text.value(after: "secret=")?.prefix { $0 != "&" })
        let app = try TestAuthenticator(secret: String(key))
        let page = try await post("/account/totp/confirm", ["code": app.code(at: server.now)])
        try #require(page.status == .ok, "\(page.text)")
        server.site.clock.advance(by: .seconds(30))
        return (app, page)
    }
}
