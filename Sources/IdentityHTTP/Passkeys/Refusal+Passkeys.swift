import HTTPTypes
import Identity
import WebAuthn

// What each refusal of passkeys means, on the wire and to people. Every switch is exhaustive.

extension Refusal {
    static let passkeysNotKept = Refusal(
        .forbidden, "unauthorized_client",
        "This client may not manage passkeys. Do it on the account page of this server.")

    private static let passkeysNotHere = Refusal(
        .notFound, "passkeys_unavailable",
        "Browsers make no passkeys for this server's address: it needs https and a host name, or http://localhost. "
            + "Sign in by mail.")

    static let noPasskey = Refusal.invalidGrant("You have no passkey here. Use another second factor.")

    init(_ refusal: PasskeyRegistrationRefusal) {
        self =
            switch refusal {
            case .notHere: .passkeysNotHere
            case .challenge(let challenge): .invalidGrant(challenge.explanation)
            case .ceremony(let step): .invalidGrant(step.explanation)
            case .stepUpRequired: .passkeyStepUp
            case .alreadyRegistered:
                Refusal(.conflict, "already_registered", "This passkey is registered already. Sign in with it.")
            case .tooMany:
                Refusal(
                    .conflict, "limit_reached",
                    "You have \(Passkey.maximumPerUser) passkeys, which is as many as anyone may. Remove one first.")
            }
    }

    /// Asked before by a ``StepUpGate``, and too old by now.
    private static let passkeyStepUp = Refusal.stepUpRequired(
        StepUpDemand(methods: [.passkey, .totp], url: "/step-up"))

    init(_ refusal: PasskeyStepUpRefusal) {
        self =
            switch refusal {
            case .proof(let proof): Refusal(proof)
            case .ended: .invalidToken("This login has been ended. Log in again.")
            }
    }

    init(_ refusal: PasskeySignInRefusal) {
        self =
            switch refusal {
            case .notHere: .passkeysNotHere
            case .challenge(let challenge): .invalidGrant(challenge.explanation)
            case .unknownPasskey:
                .invalidGrant(
                    "This passkey is not known here; it may have been removed from your account. Sign in by mail, and "
                        + "delete it on this device.")
            case .ceremony(let step): .invalidGrant(step.explanation)
            case .userDisabled: Refusal(StandingRefusal.userDisabled)
            case .standing(let standing): Refusal(standing)
            }
    }

    init(_ refusal: PasskeyChangeRefusal) {
        self =
            switch refusal {
            case .unknown: .notFound
            case .stepUpRequired: .passkeyStepUp
            case .lastWayIn:
                Refusal(
                    .conflict, "last_way_in",
                    "This passkey is the only way into your account. Sign in by mail once, or add another passkey, and "
                        + "remove it then.")
            }
    }
}

extension PasskeyChallengeRefusal {
    fileprivate var explanation: String {
        switch self {
        case .unknown: "This challenge is unknown, was answered before, or was asked for elsewhere. Ask for a new one."
        case .expired: "This took longer than five minutes. Try again."
        }
    }
}

extension RegistrationRefusal {
    fileprivate var explanation: String {
        switch self {
        case .wrongOrigin, .crossOrigin, .wrongRelyingParty: .madeElsewhere
        case .userNotPresent, .userNotVerified: .notVerified
        case .algorithmNotOffered, .invalidPublicKey:
            "This device makes keys of a kind that is not supported here. Use another one."
        case .wrongChallenge, .wrongType: "This is the answer to something else. Try again."
        case .idMismatch, .malformedClientData, .malformedAttestationObject, .invalidBackupState,
            .unknownAttestationFormat, .invalidAttestation, .credentialMismatch:
            "What the browser sent is no passkey. Try again, or use another device."
        }
    }
}

extension AuthenticationRefusal {
    fileprivate var explanation: String {
        switch self {
        case .wrongOrigin, .crossOrigin, .wrongRelyingParty: .madeElsewhere
        case .userNotPresent, .userNotVerified: .notVerified
        case .wrongChallenge, .wrongType: "This is the answer to something else. Try again."
        case .counterRegression:
            "This passkey was refused: there seems to be a copy of it. Sign in by mail, remove it and make a new one."
        case .credentialNotAllowed, .wrongCredential, .wrongUserHandle:
            "This passkey belongs to another account. Use one of your own."
        case .idMismatch, .malformedAuthenticatorData, .malformedClientData, .invalidBackupState,
            .backupEligibilityChanged, .invalidSignature:
            "What the browser sent was not made by this passkey. Try again, or sign in by mail."
        }
    }
}

extension String {
    fileprivate static let madeElsewhere =
        "This was made at another address than this server's. Open this server by its own address and try again."
    fileprivate static let notVerified =
        "The device did not check who you are. Unlock it by PIN, finger or face when it asks."
}
