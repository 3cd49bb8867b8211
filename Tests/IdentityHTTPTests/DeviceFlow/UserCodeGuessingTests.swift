import HTTPTypes
import Identity
import JOSE
import Testing

/// security.md, "Device flow": the codes that people type, which are short enough to be guessed.
struct UserCodeGuessingTests {
    @Test("five wrong codes lock the session out for ten minutes, the right code too, and the audit knows")
    func guessing() async throws {
        try await withServer { server in
            let device = try await server.device()
            let eve = try await server.browser(signedInAs: "eve@example.org")
            for attempt in 1...5 {
                let answer = try await eve.post("/device", ["user_code": "BCDF-BCDF"])
                #expect(answer.status == (attempt < 5 ? .badRequest : .tooManyRequests))
            }
            #expect(try await eve.post("/device", ["user_code": device.userCode]).status == .tooManyRequests)
            #expect(try await server.events(.userCodeLockout) == 1)
            // The lock is the session's: another of the same person is not hindered, and after ten minutes nor is this.
            let again = try await server.browser(signedInAs: "eve@example.org")
            #expect(try await again.open(device).status == .ok)
            server.site.clock.advance(by: DeviceAuthorization.lifetime)
            let later = try await server.device()
            #expect(try await eve.open(later).status == .ok)
        }
    }

    @Test("the decision form tells nothing of codes that this session has not opened")
    func decisionIsNoOracle() async throws {
        try await withServer { server in
            let device = try await server.device()
            let eve = try await server.browser(signedInAs: "eve@example.org")
            let eves = try #require(try await server.organization(of: "eve@example.org"))
            _ = try await eve.get("/device")
            let unknown = WaitingDevice(device, userCode: "BCDF-BCDF")
            for (decision, organization) in [
                ("approve", eves), ("approve", "org_0000000000000"), ("deny", eves),
            ] {
                let known = try await eve.decide(decision, device, in: organization)
                let other = try await eve.decide(decision, unknown, in: organization)
                #expect(known.status == other.status)
                #expect(
                    known.text.withoutLines(containing: device.userCode)
                        == other.text.withoutLines(containing: "BCDF-BCDF"))
            }
            #expect(try await server.deviceStates() == ["pending"])
        }
    }

    @Test("guesses are limited for one address over all its sessions")
    func guessingRate() async throws {
        try await withServer { server in
            let eve = try await server.browser(signedInAs: "eve@example.org")
            _ = try await eve.get("/device")
            var limited: Answer?
            for _ in 0..<130 where limited == nil {
                let answer = try await eve.post("/device/decision", ["user_code": "BCDF-BCDF", "decision": "deny"])
                if answer.status == .tooManyRequests { limited = answer }
            }
            #expect(try #require(limited).headers[.retryAfter] != nil)
        }
    }

    @Test("a code in the link is only filled in: opening the link decides and takes nothing")
    func prefilledLink() async throws {
        try await withServer { server in
            let device = try await server.device()
            let ada = try await server.browser(signedInAs: "ada@example.org")
            let page = try await ada.get("/device?user_code=\(device.userCode)")
            #expect(page.status == .ok && page.text.contains(device.userCode))
            let taken = try await server.number(
                "SELECT count(*) FROM device_authorizations WHERE session_id IS NOT NULL OR state <> 'pending'")
            #expect(taken == 0)
            let hostile = try await ada.get("/device?user_code=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
            #expect(!hostile.text.contains("<script>alert"))
        }
    }

    @Test("of two browsers that open a code at once one gets it")
    func racingOpens() async throws {
        try await withServer { server in
            let device = try await server.device()
            let ada = try await server.browser(signedInAs: "ada@example.org")
            let eve = try await server.browser(signedInAs: "eve@example.org")
            let browsers = [ada, eve]
            let answers = try await race(2) { try await browsers[$0].open(device) }
            #expect(answers.filter { $0.status == .ok }.count == 1)
            #expect(answers.filter { $0.status == .badRequest }.count == 1)
        }
    }
}
