import JOSE
import LatchkeyVerifier

/// Waits until the person has approved or refused in the browser.
struct DeviceWait {
    let server: IdentityServer
    let report: LoginReport

    func tokens(_ authorization: DeviceAuthorization) async throws -> IssuedTokens {
        var polling = DevicePolling(authorization, at: .now)
        var answer = DevicePolling.Answer.pending
        while let delay = polling.wait(after: answer, at: .now) {
            try await pause(delay, until: polling.deadline)
            switch await poll(authorization.deviceCode) {
            case .success(let tokens):
                report.endOfWaiting()
                return tokens
            case .failure(.notYet(let reason)):
                answer = reason
                report.notYet(reason)
            case .failure(.never(let failure)):
                report.endOfWaiting()
                throw failure
            }
        }
        report.endOfWaiting()
        throw CommandFailure.login(code: "expired_token", message: "", issuer: server.issuer)
    }

    private enum Setback: Error {
        case notYet(DevicePolling.Answer)
        case never(any Error)
    }

    private func poll(_ deviceCode: String) async -> Result<IssuedTokens, Setback> {
        do {
            let answer = try await server.call(
                .post, "/api/v1/auth/token", ["device_code": .string(deviceCode)])
            switch try answer.tokens(from: server.issuer) {
            case .success(let tokens): return .success(tokens)
            case .failure(let refusal): return .failure(setback(refusal))
            }
        } catch let failure as CommandFailure where failure.code != "not_latchkey" {
            // RFC 8628 §3.5: a connection that fails is no answer. The person may be approving this very moment.
            return .failure(.notYet(.unreachable))
        } catch {
            return .failure(.never(error))
        }
    }

    private func setback(_ refusal: ServerRefusal) -> Setback {
        switch refusal.code {
        case "authorization_pending": .notYet(.pending)
        case "slow_down": .notYet(.slowDown)
        case _ where refusal.status == 429: .notYet(.rateLimited(seconds: refusal.retryAfter))
        default: .never(CommandFailure.login(refusal, issuer: server.issuer))
        }
    }

    /// A second at a time, so that the line on the screen counts down.
    private func pause(_ duration: Duration, until deadline: Instant) async throws {
        var left = duration
        while left > .zero {
            report.waiting(left: Instant.now.duration(to: deadline))
            let step = min(left, .seconds(1))
            try await Task.sleep(for: step)
            left -= step
        }
    }
}

extension IdentityServer {
    /// RFC 8628 §3.1, in the JSON dialect; without `client_id` it is the built-in `latchkey-cli`.
    func authorizeDevice(scope: String?, organization: String?, resource: String?) async throws -> DeviceAuthorization {
        var body = JSONObject()
        body["scope"] = scope.map(JSONValue.string)
        body["organization"] = organization.map(JSONValue.string)
        body["resource"] = resource.map(JSONValue.string)
        let answer = try await call(.post, "/api/v1/auth/device", body)
        if let refusal = answer.refusal { throw CommandFailure.login(refusal, issuer: issuer) }
        guard let authorization = DeviceAuthorization(answer.body) else {
            throw CommandFailure.notLatchkey(issuer, "a device authorization without its required members")
        }
        return authorization
    }
}
