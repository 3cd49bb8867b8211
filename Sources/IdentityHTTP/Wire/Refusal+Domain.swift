import HTTPTypes
import Identity

// What each refusal of the domain means on the wire. Every switch is exhaustive: a new refusal does not compile until
// its meaning is chosen here.

extension Refusal {
    static func invalidGrant(_ message: String) -> Refusal {
        Refusal(.badRequest, "invalid_grant", message)
    }

    static let unauthorizedClient = Refusal(
        .badRequest, "unauthorized_client", "This client is not registered for this way to get tokens.")

    init(_ refusal: RefreshRefusal) {
        self =
            switch refusal {
            case .unknown: .invalidGrant("This is no refresh token of this server. Log in again.")
            case .otherClient: .invalidGrant("This refresh token belongs to another client.")
            case .clientUnproven: Refusal(ClientRefusal.secretMissing)
            case .grantTypeNotAllowed: .unauthorizedClient
            case .revoked: .invalidGrant("This login has been ended. Log in again.")
            case .expired: .invalidGrant("This login is too old or was not used for too long. Log in again.")
            case .reused:
                .invalidGrant(
                    "This refresh token has been used before, so its login has been ended to be safe. Log in again.")
            case .otherResource:
                Refusal(.badRequest, "invalid_target", "This login is for another resource server.")
            case .scopeNotGranted(let scope):
                Refusal(.badRequest, "invalid_scope", "The scope \(scope) was not granted to this login.")
            case .standing(let standing): Refusal(standing)
            }
    }

    init(_ refusal: StandingRefusal) {
        self =
            switch refusal {
            case .userDisabled: .invalidGrant("This account is disabled. Ask whoever runs this server.")
            case .notAMember: .invalidGrant("This account does not belong to that organization, or to none at all.")
            case .clientDisabled: .invalidGrant("This client is disabled. Ask whoever runs this server.")
            case .audienceUnknown: .invalidGrant("The resource server of this login is no longer known.")
            case .scopeWithdrawn(let scope):
                .invalidGrant("The scope \(scope) is no longer allowed. Log in again without it.")
            }
    }

    init(_ refusal: DeviceFlowRefusal) {
        self =
            switch refusal {
            case .unknown: .invalidGrant("This is no device code of this server, or it belongs to another client.")
            case .clientUnproven: Refusal(ClientRefusal.secretMissing)
            case .grantTypeNotAllowed: .unauthorizedClient
            case .authorizationPending:
                Refusal(.badRequest, "authorization_pending", "No one has approved this device yet. Ask again later.")
            case .slowDown:
                Refusal(.badRequest, "slow_down", "Ask less often: wait five seconds longer between two polls.")
            case .expired:
                Refusal(.badRequest, "expired_token", "The code was not approved in time. Start again.")
            case .denied:
                Refusal(
                    .badRequest, "access_denied",
                    "The request was denied in the browser, or who had approved it has signed out everywhere since.")
            case .redeemed: .invalidGrant("This device code has been used.")
            case .standing(let standing): Refusal(standing)
            }
    }

    init(_ refusal: ScopeRefusal) {
        self =
            switch refusal {
            case .audienceUnknown:
                Refusal(.badRequest, "invalid_target", "There is no such resource server. Check resource.")
            case .scopeNotAllowed(let scope):
                Refusal(.badRequest, "invalid_scope", "The scope \(scope) is unknown, or not allowed to this client.")
            }
    }

    /// In the API: which of the reasons it was is told, for whoever has the link or the code may know.
    init(_ refusal: MagicLinkRefusal) {
        self =
            switch refusal {
            case .unknown: .invalidGrant("This link or code is unknown. Ask for a new one.")
            case .expired: .invalidGrant("This link has expired. Ask for a new one.")
            case .superseded: .invalidGrant("A newer link was asked for; use that one.")
            case .used: .invalidGrant("This link has been used. Ask for a new one.")
            case .locked: .invalidGrant("Too many wrong codes: this link no longer works. Ask for a new one.")
            case .wrongCode: .invalidGrant("The code is wrong.")
            case .codesExhausted:
                .invalidGrant("Too many wrong codes for this address. Open the link of the mail, or try tomorrow.")
            case .otherBrowser: .invalidGrant("This link was asked for in a browser; open it there.")
            case .signInNotAllowed: .invalidGrant("No account may be signed in by this address.")
            case .clientUnproven: Refusal(ClientRefusal.secretMissing)
            case .grantTypeNotAllowed: .unauthorizedClient
            case .standing(let standing): Refusal(standing)
            }
    }
}
