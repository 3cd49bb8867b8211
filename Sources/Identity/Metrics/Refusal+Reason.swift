// The words by which refusals are counted. Every switch is exhaustive: a new refusal does not compile until it has one.

import WebAuthn

extension RefreshRefusal: CountedRefusal {
    package enum Reason: String, CaseIterable, Sendable {
        case unknown, revoked, expired, reused, standing
        case otherClient = "other_client"
        case clientUnproven = "client_unproven"
        case grantTypeNotAllowed = "grant_type_not_allowed"
        case otherResource = "other_resource"
        case scopeNotGranted = "scope_not_granted"
    }

    package static let subject = "refresh"

    package var reason: Reason {
        switch self {
        case .unknown: .unknown
        case .otherClient: .otherClient
        case .clientUnproven: .clientUnproven
        case .grantTypeNotAllowed: .grantTypeNotAllowed
        case .revoked: .revoked
        case .expired: .expired
        case .reused: .reused
        case .otherResource: .otherResource
        case .scopeNotGranted: .scopeNotGranted
        case .standing: .standing
        }
    }
}

extension DeviceFlowRefusal: CountedRefusal {
    package enum Reason: String, CaseIterable, Sendable {
        case unknown, expired, denied, redeemed, standing
        case clientUnproven = "client_unproven"
        case grantTypeNotAllowed = "grant_type_not_allowed"
        case authorizationPending = "authorization_pending"
        case slowDown = "slow_down"
    }

    package static let subject = "device"

    package var reason: Reason {
        switch self {
        case .unknown: .unknown
        case .clientUnproven: .clientUnproven
        case .grantTypeNotAllowed: .grantTypeNotAllowed
        case .authorizationPending: .authorizationPending
        case .slowDown: .slowDown
        case .expired: .expired
        case .denied: .denied
        case .redeemed: .redeemed
        case .standing: .standing
        }
    }
}

extension DeviceDecisionRefusal: CountedRefusal {
    package enum Reason: String, CaseIterable, Sendable {
        case unknown, decided, standing
        case openedElsewhere = "opened_elsewhere"
        case lockedOut = "locked_out"
        case stepUpRequired = "step_up_required"
    }

    package static let subject = "device_decision"

    package var reason: Reason {
        switch self {
        case .unknown: .unknown
        case .openedElsewhere: .openedElsewhere
        case .decided: .decided
        case .lockedOut: .lockedOut
        case .stepUpRequired: .stepUpRequired
        case .standing: .standing
        }
    }
}

extension MagicLinkRefusal: CountedRefusal {
    package enum Reason: String, CaseIterable, Sendable {
        case unknown, expired, superseded, used, locked, standing
        case wrongCode = "wrong_code"
        case codesExhausted = "codes_exhausted"
        case otherBrowser = "other_browser"
        case signInNotAllowed = "sign_in_not_allowed"
        case clientUnproven = "client_unproven"
        case grantTypeNotAllowed = "grant_type_not_allowed"
    }

    package static let subject = "magic_link"

    package var reason: Reason {
        switch self {
        case .unknown: .unknown
        case .expired: .expired
        case .superseded: .superseded
        case .used: .used
        case .locked: .locked
        case .wrongCode: .wrongCode
        case .codesExhausted: .codesExhausted
        case .otherBrowser: .otherBrowser
        case .signInNotAllowed: .signInNotAllowed
        case .clientUnproven: .clientUnproven
        case .grantTypeNotAllowed: .grantTypeNotAllowed
        case .standing: .standing
        }
    }
}

extension PasskeySignInRefusal: CountedRefusal {
    package enum Reason: String, CaseIterable, Sendable {
        case unknown, ceremony, standing
        case notHere = "not_here"
        case challengeUnknown = "challenge_unknown"
        case challengeExpired = "challenge_expired"
        case counterRegressed = "counter_regressed"
        case userDisabled = "user_disabled"
    }

    package static let subject = "passkey"

    package var reason: Reason {
        switch self {
        case .notHere: .notHere
        case .challenge(.unknown): .challengeUnknown
        case .challenge(.expired): .challengeExpired
        case .unknownPasskey: .unknown
        case .ceremony(.counterRegression): .counterRegressed
        case .ceremony: .ceremony
        case .userDisabled: .userDisabled
        case .standing: .standing
        }
    }
}

extension ClientRefusal: CountedRefusal {
    package enum Reason: String, CaseIterable, Sendable {
        case unknown, disabled
        case secretMissing = "secret_missing"
        case secretWrong = "secret_wrong"
        case secretUnexpected = "secret_unexpected"
    }

    package static let subject = "client"

    package var reason: Reason {
        switch self {
        case .unknown: .unknown
        case .disabled: .disabled
        case .secretMissing: .secretMissing
        case .secretWrong: .secretWrong
        case .secretUnexpected: .secretUnexpected
        }
    }
}

extension StepUpRefusal: CountedRefusal {
    package enum Reason: String, CaseIterable, Sendable {
        case locked, ended
        case notEnrolled = "not_enrolled"
        case nothingToConfirm = "nothing_to_confirm"
        case wrongCode = "wrong_code"
        case usedCode = "used_code"
        case stepUpRequired = "step_up_required"
    }

    package static let subject = "step_up"

    package var reason: Reason {
        switch self {
        case .notEnrolled: .notEnrolled
        case .nothingToConfirm: .nothingToConfirm
        case .wrongCode: .wrongCode
        case .usedCode, .usedRecoveryCode: .usedCode
        case .locked: .locked
        case .stepUpRequired: .stepUpRequired
        case .ended: .ended
        }
    }
}
