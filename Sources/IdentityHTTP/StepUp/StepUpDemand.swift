import HTTPTypes
import Identity
import JOSE

/// What a caller without a recent second factor is told: how it can be shown, and where.
struct StepUpDemand: Sendable {
    /// Empty when the user has none.
    let methods: [StepUp.Method]
    /// A page of ours where a person can do it in a browser.
    let url: String

    func write(to json: inout JSONWriter) {
        json.beginObject("step_up")
        json.member("methods", methods.map(\.rawValue))
        json.member("url", url)
        json.member("max_age", StepUp.maximumAge.components.seconds)
        json.endObject()
    }
}

extension Refusal {
    static func stepUpRequired(_ demand: StepUpDemand) -> Refusal {
        let message =
            demand.methods.isEmpty
            ? "This takes a second factor, and you have none yet. Set one up in your account, then try again."
            : "This takes a second factor of the last five minutes. Show one, then try again."
        var refusal = Refusal(.forbidden, "step_up_required", message)
        refusal.stepUp = demand
        return refusal
    }

    /// - Parameter url: where a step-up can be done, for a change that takes one.
    init(_ refusal: StepUpRefusal, at now: Instant, url: String) {
        self =
            switch refusal {
            case .notEnrolled: .invalidGrant("You have no second factor of this kind yet. Set one up first.")
            case .nothingToConfirm:
                .invalidGrant(
                    "No new authenticator app waits for its first code, or it has waited too long. Begin again.")
            case .wrongCode:
                .invalidGrant("The code is wrong. Check the time on your device, and take the newest code.")
            case .usedCode: .invalidGrant("This code has been used. Wait for the next one.")
            case .usedRecoveryCode:
                .invalidGrant("This recovery code has been used: each works once. Take another one.")
            case .locked(let end): .stepUpLocked(for: now.duration(to: end))
            case .stepUpRequired: .stepUpRequired(StepUpDemand(methods: [.totp], url: url))
            case .ended: .invalidToken("This login has been ended. Log in again.")
            }
    }

    /// - Parameter pause: how long no code is heard.
    private static func stepUpLocked(for pause: Duration) -> Refusal {
        let seconds = max(1, pause.components.seconds + 1)
        let minutes = (seconds + 59) / 60
        return Refusal(
            .tooManyRequests, "step_up_locked",
            "Too many wrong codes. Try again in \(minutes) \(minutes == 1 ? "minute" : "minutes").",
            headers: [.retryAfter: String(seconds)])
    }
}
