import HTTPTypes
import Hummingbird
import LatchkeyVerifier

extension APIRefusal {
    /// The verifier's library decides what a token that will not do is answered; here it becomes Hummingbird's.
    init(_ refusal: BearerRefusal) {
        var headers: HTTPFields = [:]
        if let challenge = refusal.challenge { headers[.wwwAuthenticate] = challenge }
        if let seconds = refusal.retryAfter { headers[.retryAfter] = String(seconds) }
        self.init(
            HTTPResponse.Status(code: refusal.status), refusal.code, refusal.message, headers: headers)
    }
}
