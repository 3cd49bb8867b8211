import JOSE
import Testing

@testable import latchkey

@Suite("Waiting for approval")
struct DevicePollingTests {
    private func polling(expiresIn: Int64 = 600, interval: Int64? = 5) throws -> DevicePolling {
        var json: JSONObject = [
            "device_code": .string("d"), "user_code": .string("ABCD-EFGH"), "verification_uri": .string("https://x"),
            "expires_in": .integer(expiresIn),
        ]
        json["interval"] = interval.map(JSONValue.integer)
        return DevicePolling(try #require(DeviceAuthorization(json)), at: .init(seconds: 0))
    }

    @Test("keeps to the interval, five seconds when the server names none")
    func interval() throws {
        var named = try polling(interval: 2)
        #expect(named.wait(after: .pending, at: .init(seconds: 0)) == .seconds(2))
        var unnamed = try polling(interval: nil)
        #expect(unnamed.wait(after: .pending, at: .init(seconds: 0)) == .seconds(5))
    }

    @Test("slow_down adds five seconds, for good")
    func slowDown() throws {
        var polling = try polling()
        #expect(polling.wait(after: .slowDown, at: .init(seconds: 5)) == .seconds(10))
        #expect(polling.wait(after: .slowDown, at: .init(seconds: 15)) == .seconds(15))
        #expect(polling.wait(after: .pending, at: .init(seconds: 30)) == .seconds(15))
    }

    @Test("waits twice as long after each failed connection, a minute at most, and recovers")
    func backoff() throws {
        var polling = try polling()
        let waits = (0..<6).map { _ in polling.wait(after: .unreachable, at: .init(seconds: 5)) }
        #expect(waits == [10, 20, 40, 60, 60, 60].map { Duration.seconds($0) })
        #expect(polling.wait(after: .pending, at: .init(seconds: 200)) == .seconds(5))
    }

    @Test("waits as long as a rate limit asks")
    func rateLimit() throws {
        var polling = try polling()
        #expect(polling.wait(after: .rateLimited(seconds: 30), at: .init(seconds: 5)) == .seconds(30))
        #expect(polling.wait(after: .rateLimited(seconds: nil), at: .init(seconds: 35)) == .seconds(5))
    }

    @Test("asks a last time when the code expires, then stops")
    func expiry() throws {
        var polling = try polling(expiresIn: 12)
        #expect(polling.wait(after: .pending, at: .init(seconds: 10)) == .seconds(2))
        #expect(polling.wait(after: .pending, at: .init(seconds: 12)) == nil)
    }

    @Test("times that make no sense are brought within reason")
    func clamped() throws {
        #expect(try polling(interval: 0).interval == .seconds(1))
        #expect(try polling(interval: .max).interval == .seconds(60))
        #expect(try polling(expiresIn: .max).deadline == .init(seconds: 86_400))
        #expect(try polling(expiresIn: -1).deadline == .init(seconds: 1))
    }
}
