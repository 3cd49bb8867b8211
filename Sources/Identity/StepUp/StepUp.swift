import Database
package import JOSE

/// A second factor that was shown after signing in: when, and which. It belongs to the one grant or session it was
/// shown on, and is good there for five minutes.
///
/// A magic link is none: it shows again what signing in has shown already.
package struct StepUp: Hashable, Sendable {
    /// What counts as a step-up. The raw value is stored, and is its name on the wire.
    package enum Method: String, Sendable, CaseIterable {
        /// A code of an authenticator app (RFC 6238).
        case totp
        /// One of the codes that were shown when the app was set up.
        case recoveryCode = "recovery_code"
        /// A passkey with user verification.
        case passkey
    }

    package let method: Method
    package let provenAt: Instant

    /// How old a proof may be where one is demanded.
    package static let maximumAge = Duration.seconds(300)
    /// How far the clocks of two nodes may be apart.
    static let clockTolerance = Duration.seconds(60)

    package init(_ method: Method, at provenAt: Instant) {
        self.method = method
        self.provenAt = provenAt
    }

    /// Whether it counts at this moment.
    package func isProven(at now: Instant) -> Bool {
        let age = now - provenAt
        return age >= .zero - Self.clockTolerance && age < Self.maximumAge
    }

    /// From when on it counts no more.
    package var validUntil: Instant { provenAt + Self.maximumAge }

    /// Its words in `amr` (RFC 8176 §2), after those of the login: a second factor beside the first.
    package var authenticationMethods: [String] {
        switch method {
        case .totp, .recoveryCode: ["otp", "mfa"]
        case .passkey: ["pop", "user", "mfa"]
        }
    }

    /// `acr` of a token whose login was stepped up (RFC 9470 §4); `auth_time` tells when.
    package static let contextClass = "urn:latchkey:acr:step-up"
}

extension StepUp {
    /// Of the columns `proven_at` and `proof`, the first of which is `first`. Nil when there was none.
    init?(_ row: Row, first: Int) throws {
        guard let provenAt = try row.optionalTime(first), let proof = try row.optionalText(first + 1) else {
            return nil
        }
        self.init(try stored(proof), at: provenAt)
    }
}

extension Grant {
    /// When the user last showed who they are on this grant: at the login, or by a step-up since (`auth_time`).
    package var lastAuthTime: Instant { max(authTime, stepUp?.provenAt ?? authTime) }

    /// How, the login's and the step-up's together (`amr`).
    package var authenticationMethods: [String] {
        guard let stepUp else { return amr }
        return amr + stepUp.authenticationMethods.filter { !amr.contains($0) }
    }

    /// `acr`; nil for a login that was never stepped up.
    package var contextClass: String? { stepUp == nil ? nil : StepUp.contextClass }
}

extension StepUp? {
    /// Whether there is one that counts at this moment.
    package func isProven(at now: Instant) -> Bool { self?.isProven(at: now) ?? false }
}
